package import IPC

/// Something that should not be, and since when it is known.
package struct Finding: Hashable {
  package let kind: FindingKind
  package let interface: String
  /// What is wrong, and what to do about it.
  package let detail: String
  package let uid: UInt32
  package let vm: VMIdentity
  package var since: Int64

  package init(_ kind: FindingKind, _ interface: String, _ owner: Owner?, _ detail: String = "", now: Int64) {
    self.kind = kind
    self.interface = interface
    self.detail = detail
    uid = owner?.uid ?? .max
    vm = owner?.vm ?? VMIdentity()
    since = now
  }
}
