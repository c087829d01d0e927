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
    let socket = try open(.stream, path)
    _ = fcntl(socket.raw, F_SETFL, O_NONBLOCK)
    let operation = "connect to socket"
    while true {
      if withAddress(path, { Glibc.connect(socket.raw, $0, $1) }) == 0 { return socket }
      if errno == EINTR { continue }
      if errno == EAGAIN {
        throw Failure(
          .unavailable, operation: operation, object: path, cause: "its queue of waiting clients is full",
          remedy: "end the client that holds it", errno: EAGAIN)
      }
      throw Errno(errno).failure(operation, path)
    }
  }
}
