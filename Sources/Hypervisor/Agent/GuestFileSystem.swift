package import Text

/// A mounted file system of a guest, as its agent tells it.
package struct GuestFileSystem: Hashable, Sendable {
  /// Where it is mounted.
  package var mount: String
  /// The guest's name of its device, such as `vda1`.
  package var device: String
  /// Its kind, such as `ext4`.
  package var kind: String
  /// Bytes of it; nil if the agent does not tell.
  package var total: UInt64?
  /// Bytes that are used; nil if the agent does not tell.
  package var used: UInt64?

  /// Makes one.
  package init(mount: String, device: String, kind: String, total: UInt64? = nil, used: UInt64? = nil) {
    self.mount = mount
    self.device = device
    self.kind = kind
    self.total = total
    self.used = used
  }

  /// Most that are taken of one guest: it may claim any number.
  package static let most = 256
  /// Most bytes of each word; PATH_MAX of Linux.
  private static let longest = 4096

  /// Reads the answer of `guest-get-fsinfo`.
  package static func list(_ answer: JSON) -> [GuestFileSystem] {
    (answer.array ?? []).prefix(most).compactMap { entry in
      guard let mount = entry["mountpoint"]?.string, let device = entry["name"]?.string,
        let kind = entry["type"]?.string,
        [mount, device, kind].allSatisfy({ $0.utf8.count <= longest })
      else { return nil }
      func bytes(_ key: String) -> UInt64? { entry[key]?.integer.flatMap { UInt64(exactly: $0) } }
      return GuestFileSystem(
        mount: mount, device: device, kind: kind, total: bytes("total-bytes"), used: bytes("used-bytes"))
    }
  }
}
