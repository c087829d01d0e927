import Failure
import Glibc
import Linux
import NetworkPlan

/// The socket on which clients arrive: systemd's or our own.
struct Listener: ~Copyable {
  let socket: Descriptor
  /// Path to remove at the end; nil if the socket is systemd's.
  let ownPath: String?

  static func open(_ settings: NetdSettings, given: consuming DescriptorList) throws(Failure) -> Listener {
    if let socket = given.take(0) {
      try UnixSocket.checkListener(socket.raw, .packets)
      return Listener(socket: socket, ownPath: nil)
    }
    if let slash = settings.socket.lastIndex(of: "/"), slash > settings.socket.startIndex {
      let folder = String(settings.socket[..<slash])
      do { try Files.makeFolders(folder, mode: 0o755) } catch { throw error.failure("make folder", folder) }
    }
    // Nobody but root until the group is right.
    let socket = try UnixSocket.listen(settings.socket, .packets, mode: 0o600)
    let group = settings.socketGroup ?? (getgrnam("procurator") == nil ? "0" : "procurator")
    try UnixSocket.give(settings.socket, owner: 0, group: group, mode: settings.socketMode)
    try UnixSocket.checkListener(socket.raw, .packets)
    return Listener(socket: socket, ownPath: settings.socket)
  }
}
