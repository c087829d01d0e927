public import Failure
import Glibc

/// A socket with a place in the file system on which clients of a service arrive, packet by packet: systemd's or our own.
public struct ServiceListener: ~Copyable, Sendable {
  /// The socket; non-blocking.
  public let socket: Descriptor
  /// Path to remove at the end; nil if the socket is systemd's.
  public let ownPath: String?

  /// Takes the socket that systemd has opened, or makes one, and the folders above it.
  /// - Parameters:
  ///   - given: what systemd has opened (`ServiceManager.listeners()`).
  ///   - owner: uid that gets the socket; nil leaves it.
  ///   - group: its group; nil for `procurator` if there is such a group, else root's. Who is not root keeps its own.
  ///   - mode: permission bits of the socket.
  public static func open(
    _ path: String, given: consuming DescriptorList, owner: UInt32? = nil, group: String?, mode: UInt32
  ) throws(Failure) -> ServiceListener {
    if let socket = given.take(0) {
      try UnixSocket.checkListener(socket.raw, .packets)
      return ServiceListener(socket: socket, ownPath: nil)
    }
    if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
      let folder = String(path[..<slash])
      do { try Files.makeFolders(folder, mode: 0o755) } catch { throw error.failure("make folder", folder) }
    }
    // Nobody but ourselves until the group is right.
    let socket = try UnixSocket.listen(path, .packets, mode: 0o600)
    let usual = geteuid() != 0 ? "" : getgrnam("procurator") == nil ? "0" : "procurator"
    try UnixSocket.give(path, owner: owner, group: group ?? usual, mode: mode)
    try UnixSocket.checkListener(socket.raw, .packets)
    return ServiceListener(socket: socket, ownPath: path)
  }
}
