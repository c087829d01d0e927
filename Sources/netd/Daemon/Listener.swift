import Failure
import Glibc
import Linux

/// The socket on which clients arrive: systemd's or our own.
struct Listener: ~Copyable {
  let socket: Descriptor
  /// Path to remove at the end; nil if the socket is systemd's.
  let ownPath: String?

  static func open(_ settings: Settings, given: consuming DescriptorList) throws(Failure) -> Listener {
    if let socket = given.take(0) {
      try check(socket.raw)
      return Listener(socket: socket, ownPath: nil)
    }
    if let slash = settings.socket.lastIndex(of: "/"), slash > settings.socket.startIndex {
      let folder = String(settings.socket[..<slash])
      do { try Files.makeFolders(folder, mode: 0o755) } catch { throw error.failure("make folder", folder) }
    }
    // Nobody but root until the group is right.
    let socket = try UnixSocket.listen(settings.socket, .packets, mode: 0o600)
    guard chown(settings.socket, 0, try group(settings)) == 0, chmod(settings.socket, settings.socketMode) == 0 else {
      throw Errno(errno).failure("set owner and mode of socket", settings.socket)
    }
    try check(socket.raw)
    return Listener(socket: socket, ownPath: settings.socket)
  }

  /// Refuses a socket of the wrong kind, or one that everybody may connect to.
  private static func check(_ raw: Int32) throws(Failure) {
    var address = sockaddr_un()
    var length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let named = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(raw, $0, &length) }
    }
    let path = withUnsafeBytes(of: address.sun_path) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    guard named == 0, option(raw, SO_TYPE) == Int32(SOCK_SEQPACKET.rawValue), option(raw, SO_ACCEPTCONN) == 1,
      address.sun_family == AF_UNIX, !path.isEmpty
    else {
      throw Failure(
        .invalid, step: "listen", object: "descriptor \(raw)",
        cause: "it is no listening SOCK_SEQPACKET socket with a path",
        cure: "write ListenSequentialPacket= in netd.socket")
    }
    var facts = stat()
    guard stat(path, &facts) == 0 else { throw Errno(errno).failure("look at socket", path) }
    guard facts.st_mode & 0o002 == 0 else {
      throw Failure(
        .denied, step: "listen on socket", object: path, cause: "everybody may connect to it",
        cure: "write SocketMode=0660 and SocketGroup=procurator")
    }
    _ = fcntl(raw, F_SETFL, O_NONBLOCK)
  }

  private static func option(_ raw: Int32, _ name: Int32) -> Int32 {
    var value: Int32 = -1
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(raw, SOL_SOCKET, name, &value, &length) == 0 ? value : -1
  }

  private static func group(_ settings: Settings) throws(Failure) -> gid_t {
    if let number = settings.socketGroup.flatMap({ gid_t($0) }) { return number }
    if let entry = getgrnam(settings.socketGroup ?? "procurator") { return entry.pointee.gr_gid }
    guard let name = settings.socketGroup else { return 0 }
    throw Failure(
      .notFound, step: "set group of socket", object: name, cause: "there is no such group",
      cure: "create it (groupadd --system \(name)) or change SocketGroup=")
  }
}
