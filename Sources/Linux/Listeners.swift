public import Failure
import Glibc

extension UnixSocket {
  /// Gives the socket file at `path` to a group, and then its permission bits; until then nobody else may connect.
  /// - Parameters:
  ///   - owner: uid of the owner, nil to leave it.
  ///   - group: gid in digits or the group's name; empty leaves the group as it is.
  /// - Throws: `.denied` if something else than a socket is there, a link included; `.notFound` for an unknown group.
  public static func give(_ path: String, owner: UInt32? = nil, group: String, mode: UInt32) throws(Failure) {
    var number = gid_t.max
    if !group.isEmpty {
      if let digits = gid_t(group) {
        number = digits
      } else if let entry = getgrnam(group) {
        number = entry.pointee.gr_gid
      } else {
        throw Failure(
          .notFound, operation: "set group of socket", object: group, cause: "there is no such group",
          remedy: "create it (groupadd --system \(group)) or change SocketGroup=")
      }
    }
    // Held, not named again: whoever may write to the folder could put a link in its place.
    let file: Descriptor
    do throws(Errno) { file = try Files.open(path, Files.held | O_NOFOLLOW) } catch {
      throw error.failure("look at socket", path)
    }
    var facts = stat()
    guard fstat(file.raw, &facts) == 0 else { throw Errno(errno).failure("look at socket", path) }
    guard facts.st_mode & S_IFMT == S_IFSOCK else {
      throw Failure(
        .denied, operation: "look at socket", object: path, cause: "something else was put in its place",
        remedy: "let nobody else write to its folder")
    }
    // What is so already is not done: the supervisor's unit has no chown on its list of system calls.
    let name = "/proc/self/fd/\(file.raw)"
    let isOwned = owner.map { $0 == facts.st_uid } ?? true
    if !isOwned || (number != .max && number != facts.st_gid), chown(name, owner ?? .max, number) != 0 {
      throw Errno(errno).failure(
        "set owner of socket", path, remedy: "a unit that forbids it needs SystemCallFilter=chown in a drop-in")
    }
    guard chmod(name, mode) == 0 else { throw Errno(errno).failure("set mode of socket", path) }
  }

  /// Refuses a descriptor that is no listening socket of that kind with a place in the file system, and one that
  /// everybody may connect to. Makes it non-blocking.
  public static func checkListener(_ raw: Int32, _ kind: Kind) throws(Failure) {
    var address = sockaddr_un()
    var length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let named = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(raw, $0, &length) }
    }
    let path = withUnsafeBytes(of: address.sun_path) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let type = Int32((kind == .packets ? SOCK_SEQPACKET : SOCK_STREAM).rawValue)
    guard named == 0, option(raw, SO_TYPE) == type, option(raw, SO_ACCEPTCONN) == 1, address.sun_family == AF_UNIX,
      !path.isEmpty
    else {
      let word = kind == .packets ? "SOCK_SEQPACKET" : "SOCK_STREAM"
      throw Failure(
        .invalid, operation: "listen", object: "descriptor \(raw)",
        cause: "it is no listening \(word) socket with a path",
        remedy: "write \(kind == .packets ? "ListenSequentialPacket=" : "ListenStream=") in the socket unit")
    }
    var facts = stat()
    guard stat(path, &facts) == 0 else { throw Errno(errno).failure("look at socket", path) }
    guard facts.st_mode & 0o002 == 0 else {
      throw Failure(
        .denied, operation: "listen on socket", object: path, cause: "everybody may connect to it",
        remedy: "write SocketMode=0660 and SocketGroup=procurator")
    }
    _ = fcntl(raw, F_SETFL, O_NONBLOCK)
  }

  private static func option(_ raw: Int32, _ name: Int32) -> Int32 {
    var value: Int32 = -1
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(raw, SOL_SOCKET, name, &value, &length) == 0 ? value : -1
  }
}
