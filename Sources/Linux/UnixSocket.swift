import CLinux
public import Failure
import Glibc

/// Identity of the process at the other end, as the kernel recorded it at connect time (SO_PEERCRED, unix(7)).
public struct PeerCredentials: Hashable, Sendable {
  /// Process id then; the process may be gone and the number reused.
  public let pid: Int32
  /// Effective user id.
  public let uid: UInt32
  /// Effective group id.
  public let gid: UInt32

  /// Makes one, for a peer that is known otherwise.
  public init(pid: Int32, uid: UInt32, gid: UInt32) {
    self.pid = pid
    self.uid = uid
    self.gid = gid
  }

  /// Supplementary groups of the process at the other end of a socket, as they were when it connected (SO_PEERGROUPS);
  /// none if the kernel does not say.
  public static func groups(of socket: Int32) -> [UInt32] {
    // NGROUPS_MAX of linux/limits.h is the most that a process can have.
    var groups = [UInt32](repeating: 0, count: 64)
    for _ in 0..<2 {
      var length = socklen_t(groups.count * MemoryLayout<UInt32>.size)
      // SO_PEERGROUPS is 59 in asm-generic/socket.h.
      if getsockopt(socket, SOL_SOCKET, 59, &groups, &length) == 0 {
        return Array(groups.prefix(Int(length) / MemoryLayout<UInt32>.size))
      }
      guard errno == ERANGE else { return [] }
      groups = [UInt32](repeating: 0, count: min(65536, Int(length) / MemoryLayout<UInt32>.size))
    }
    return []
  }

  /// Reads them from a connected socket.
  public init(of socket: Int32) throws(Errno) {
    var pid: Int32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
    try Errno.check(clinux_peer(socket, &pid, &uid, &gid))
    self.init(pid: pid, uid: uid, gid: gid)
  }
}

/// Unix-domain sockets with a place in the file system. Abstract names are not used: anybody may take those.
public enum UnixSocket {
  /// Kind of socket.
  public enum Kind: Sendable {
    /// Bytes without boundaries.
    case stream
    /// Packets with boundaries, in order.
    case packets

    var type: Int32 {
      let base = self == .stream ? SOCK_STREAM : SOCK_SEQPACKET
      return Int32(base.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    }
  }

  /// Longest path that `struct sockaddr_un` takes, in bytes.
  public static let longestPath = 107

  /// Connects to the listener at `path`.
  /// - Parameter seconds: after which it fails with EAGAIN, as do each receive and send on it; nil for never. A listener that
  ///   accepts nobody would keep whoever connects waiting once its queue is full.
  /// - Throws: the kernel's refusal, or `.invalid` for a path that is too long.
  public static func connect(_ path: String, _ kind: Kind, seconds: Int32? = nil) throws(Failure) -> Descriptor {
    let socket = try open(kind, path)
    if let seconds {
      do { try limitWaiting(socket.raw, seconds: seconds) } catch { throw error.failure("set timeout") }
    }
    while true {
      let result = withAddress(path) { Glibc.connect(socket.raw, $0, $1) }
      if result == 0 { return socket }
      if errno == EINTR { continue }
      throw Errno(errno).failure("connect to socket", path)
    }
  }

  /// Binds and listens at `path`, replacing a socket that nobody listens on any more.
  /// - Parameter mode: permission bits of the socket file, which the process's umask may narrow.
  /// - Throws: `.exists` if another process listens there.
  public static func listen(_ path: String, _ kind: Kind, mode: UInt32, backlog: Int32 = 64) throws(Failure)
    -> Descriptor
  {
    let socket = try open(kind, path)
    if isAbandoned(path, kind), unlink(path) != 0, errno != ENOENT {
      throw Errno(errno).failure(
        "remove the socket of an earlier process", path, remedy: "its folder has to let this user do so")
    }
    // The file gets the mode of the unbound socket, so there is no instant at which it is wider than asked. A umask
    // would do the same, but belongs to all threads.
    guard fchmod(socket.raw, mode_t(mode)) == 0 else { throw Errno(errno).failure("set mode of socket", path) }
    let bound = withAddress(path) { bind(socket.raw, $0, $1) }
    let number = errno
    guard bound == 0 else {
      throw Errno(number == EADDRINUSE ? EEXIST : number).failure(
        "listen on socket", path, remedy: "another process listens there; stop it or choose another path")
    }
    guard Glibc.listen(socket.raw, backlog) == 0 else { throw Errno(errno).failure("listen on socket", path) }
    return socket
  }

  /// Two connected ends, as a list of two.
  public static func pair(_ kind: Kind) throws(Errno) -> DescriptorList {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, kind.type, 0, &ends) == 0 else { throw Errno(errno) }
    return DescriptorList(owning: ends)
  }

  /// Limits how long each receive and send on a blocking socket may take; EAGAIN after that (SO_RCVTIMEO, socket(7)).
  public static func limitWaiting(_ socket: Int32, seconds: Int32) throws(Errno) {
    try Errno.check(clinux_socket_timeout(socket, seconds))
  }

  /// Takes the next waiting connection, non-blocking; nil if none waits.
  public static func accept(_ listener: Int32) throws(Errno) -> Descriptor? {
    let number = clinux_accept(listener)
    if number == -EAGAIN || number == -ECONNABORTED { return nil }
    return Descriptor(owning: try Errno.check(number))
  }

  static func open(_ kind: Kind, _ path: String) throws(Failure) -> Descriptor {
    guard path.utf8.count <= longestPath else {
      throw Failure(
        .invalid, operation: "open socket", object: path,
        cause: "the path has \(path.utf8.count) bytes, a socket takes \(longestPath)",
        remedy: "choose a shorter directory")
    }
    let number = socket(AF_UNIX, kind.type, 0)
    guard number >= 0 else { throw Errno(errno).failure("open socket", path) }
    return Descriptor(owning: number)
  }

  private static func isAbandoned(_ path: String, _ kind: Kind) -> Bool {
    guard let probe = try? open(kind, path) else { return false }
    return withAddress(path) { Glibc.connect(probe.raw, $0, $1) } != 0 && errno == ECONNREFUSED
  }

  static func withAddress<R>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { place in
      for (index, byte) in path.utf8.prefix(longestPath).enumerated() { place[index] = byte }
    }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
  }
}
