import CLinux
public import Failure
import Glibc

extension Packets {
  /// Sends as much as a stream takes at once; descriptors travel with the first byte. The kernel copies them.
  /// - Returns: the bytes taken, at least one.
  public static func sendSome(
    _ bytes: UnsafeRawBufferPointer, numbers: [Int32] = [], to socket: Int32
  ) throws(Errno) -> Int {
    let sent = clinux_send(socket, bytes.baseAddress, bytes.count, numbers, numbers.count)
    if sent < 0 { throw Errno(Int32(-sent)) }
    return sent
  }
}

extension UnixSocket {
  /// Connects a non-blocking stream socket without ever waiting.
  ///
  /// A listener that accepts one client at a time fills its backlog; `connect` would then hang for as long as that
  /// client stays.
  /// - Throws: `.unavailable` if the backlog is full, otherwise the kernel's refusal.
  public static func connectAtOnce(_ path: String) throws(Failure) -> Descriptor {
    let step = "connect to socket"
    guard path.utf8.count <= longestPath else {
      throw Failure(
        .invalid, step: step, object: path,
        cause: "the path has \(path.utf8.count) bytes, a socket takes \(longestPath)",
        cure: "choose a shorter directory")
    }
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let number = socket(AF_UNIX, kind, 0)
    guard number >= 0 else { throw Glibc.errno.failure(step, path) }
    let descriptor = Descriptor(owning: number)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { place in
      for (index, byte) in path.utf8.enumerated() { place[index] = byte }
    }
    while true {
      let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      if result == 0 { return descriptor }
      if Glibc.errno == EINTR { continue }
      if Glibc.errno == EAGAIN {
        throw Failure(
          .unavailable, step: step, object: path, cause: "its queue of waiting clients is full",
          cure: "end the client that holds it", errno: EAGAIN)
      }
      throw Glibc.errno.failure(step, path)
    }
  }
}

extension Int32 {
  fileprivate func failure(_ step: String, _ object: String) -> Failure { Errno(self).failure(step, object) }
}
