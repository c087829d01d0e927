package import IPC

/// Something that should not be, and since when it is known.
package struct Finding: Hashable {
  /// What it is.
  package let kind: FindingKind
  /// The interface, or what else it is about.
  package let interface: String
  /// What is wrong, and what to do about it.
  package let detail: String
  /// Whose it is, UInt32.max if nobody's.
  package let uid: UInt32
  /// The VM, blank if none.
  package let vm: VMIdentity
  /// Milliseconds of the daemon's clock.
  package var since: Int64

  /// Notes one that is known since now.
  package init(_ kind: FindingKind, _ interface: String, _ owner: Owner?, _ detail: String = "", now: Int64) {
    self.kind = kind
    self.interface = interface
    self.detail = detail
    uid = owner?.uid ?? .max
    vm = owner?.vm ?? VMIdentity()
    since = now
  }
}
