/// A CD drive of the guest.
public struct CDROMSpec: Codable, Sendable, Hashable {
  /// Name within the VM; nil is `cdromN` with its place from 0.
  public var name: String?
  /// ISO image in it; nil is an empty drive.
  public var path: String?

  /// Makes a drive.
  public init(name: String? = nil, path: String? = nil) {
    self.name = name
    self.path = path
  }

  /// The name it goes by at place `index` of the list.
  public func effectiveName(at index: Int) -> String { name ?? "cdrom\(index)" }
}

/// Screens that a guest can have.
public enum Display: String, Codable, Sendable, Hashable, CaseIterable {
  /// No graphics card.
  case none
  /// A graphics card, whose screen is shown by VNC on a Unix socket.
  case vnc
}
