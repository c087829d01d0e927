/// A CD drive of the guest.
package struct CDROMSpec: Sendable, Hashable {
  /// Name within the VM; nil is `cdromN` with its place from 0.
  package var name: String?
  /// ISO image in it; nil is an empty drive.
  package var path: String?
  /// Whether firmware looks at it before those drives that are not, and at drives before disks where nothing else is said.
  package var bootable: Bool

  /// Makes a drive.
  package init(name: String? = nil, path: String? = nil, bootable: Bool = false) {
    self.name = name
    self.path = path
    self.bootable = bootable
  }

  /// The name it goes by at place `index` of the list.
  package func effectiveName(at index: Int) -> String { name ?? "cdrom\(index)" }
}

extension CDROMSpec: Codable {
  /// Reads the document form, and that of records of earlier releases, which had fewer keys.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: SpecKeys.CDROM.self)
    self.init(
      name: try values.decodeIfPresent(String.self, forKey: .name),
      path: try values.decodeIfPresent(String.self, forKey: .path),
      bootable: try values.decodeIfPresent(Bool.self, forKey: .bootable) ?? false)
  }

  /// Writes the document form.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: SpecKeys.CDROM.self)
    try values.encodeIfPresent(name, forKey: .name)
    try values.encodeIfPresent(path, forKey: .path)
    if bootable { try values.encode(bootable, forKey: .bootable) }
  }
}

/// Screens that a guest can have.
package enum Display: String, Codable, Sendable, Hashable, CaseIterable {
  /// No graphics card.
  case none
  /// A graphics card, whose screen is shown by VNC on a Unix socket.
  case vnc
}
