/// A CD drive of the guest.
package struct CDROMSpec: Codable, Sendable, Hashable {
  typealias CodingKeys = SpecKeys.CDROM

  /// Name within the VM; nil is `cdromN` with its place from 0.
  package var name: String?
  /// ISO image in it; nil is an empty drive.
  package var path: String?

  /// Makes a drive.
  package init(name: String? = nil, path: String? = nil) {
    self.name = name
    self.path = path
  }

  /// The name it goes by at place `index` of the list.
  package func effectiveName(at index: Int) -> String { name ?? "cdrom\(index)" }
}

/// Screens that a guest can have.
package enum Display: String, Codable, Sendable, Hashable, CaseIterable {
  /// No graphics card.
  case none
  /// A graphics card, whose screen is shown by VNC on a Unix socket.
  case vnc
}
