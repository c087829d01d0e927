import CMnl
import Failure
import Glibc
import Linux

/// A netlink socket for requests to the kernel, owned by one thread: what every family has in common (netlink(7)).
///
/// Every request is acknowledged, answers are taken from the kernel alone, and the kernel's own words (NETLINK_EXT_ACK)
/// are kept in the failure.
struct KernelSocket: ~Copyable {
  private let socket: OpaquePointer
  private let port: UInt32
  private let buffer: UnsafeMutableRawBufferPointer
  private var sequence: UInt32 = 0
  /// Whether the list changed while the kernel wrote the last answer.
  private var isTorn = false
  /// Messages that answers consisted of so far.
  private(set) var answers = 0

  /// Bytes for one message in either direction; the kernel fills dumps up to 32 KiB at a time.
  private static let bufferSize = 32768

  /// Opens one of a protocol (NETLINK_ROUTE and so on) in the network namespace of the calling thread.
  init(_ family: Int32) throws(Failure) {
    socket = try Self.open(family, groups: 0)
    port = mnl_socket_get_portid(socket)
    buffer = .allocate(byteCount: Self.bufferSize, alignment: 16)
    // NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK: linux/netlink.h. An old kernel that lacks one still works.
    for option in [NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK] {
      var on: Int32 = 1
      _ = mnl_socket_setsockopt(socket, Int32(option), &on, socklen_t(MemoryLayout<Int32>.size))
    }
  }

  deinit {
    mnl_socket_close(socket)
    buffer.deallocate()
  }

  static func open(_ family: Int32, groups: UInt32) throws(Failure) -> OpaquePointer {
    guard let socket = mnl_socket_open2(family, Int32(SOCK_CLOEXEC.rawValue)) else {
      throw Errno(errno).failure("open netlink socket")
    }
    guard mnl_socket_bind(socket, groups, 0) == 0 else {
      let number = errno
      mnl_socket_close(socket)
      throw Errno(number).failure("bind netlink socket")
    }
    return socket
  }

  /// Sends a request and waits for its acknowledgement.
  mutating func request(
    _ type: Int, flags: Int32 = 0, operation: String, object: String, _ build: (inout MessageBuilder) -> Void
  ) throws(Failure) {
    try exchange(type, flags: flags | NLM_F_ACK, operation: operation, object: object, build) { _ in }
  }

  /// Asks for everything of a kind and hands each message to `each`; begins again if it changed meanwhile.
  mutating func dump<Element>(
    _ type: Int, operation: String, object: String = "", _ build: (inout MessageBuilder) -> Void,
    _ each: (MessageReader) -> Element?
  ) throws(Failure) -> [Element] {
    for _ in 0..<16 {
      var found: [Element] = []
      try exchange(type, flags: NLM_F_DUMP, operation: operation, object: object, build) { message in
        if let element = each(message) { found.append(element) }
      }
      if !isTorn { return found }
    }
    throw Failure(
      .unavailable, operation: operation, object: object, cause: "it keeps changing while it is read",
      remedy: "try again")
  }

  /// Sends a request and hands every message of the answer to `each`, until it is complete.
  mutating func exchange(
    _ type: Int, flags: Int32, operation: String, object: String,
    _ build: (inout MessageBuilder) -> Void, _ each: (MessageReader) -> Void
  ) throws(Failure) {
    sequence &+= 1
    isTorn = false
    guard var builder = MessageBuilder(buffer, type: type, flags: flags, sequence: sequence) else {
      throw Failure(.internal, operation: operation, object: object, cause: "no room for a message")
    }
    build(&builder)
    guard builder.fits else {
      throw Failure(.invalid, operation: operation, object: object, cause: "the message is too long")
    }
    guard mnl_socket_sendto(socket, builder.start, builder.length) >= 0 else {
      throw Errno(errno).failure(operation, object)
    }
    while true {
      var sender = sockaddr_nl()
      var length = socklen_t(MemoryLayout<sockaddr_nl>.size)
      let got = withUnsafeMutablePointer(to: &sender) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          recvfrom(mnl_socket_get_fd(socket), buffer.baseAddress, buffer.count, Int32(MSG_TRUNC), $0, &length)
        }
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw Errno(errno).failure(operation, object) }
      guard got <= buffer.count else {
        throw Failure(.internal, operation: operation, object: object, cause: "the answer is cut")
      }
      // Any process may write to this socket; only the kernel has port 0.
      guard sender.nl_pid == 0 else { continue }
      if try consume(buffer.prefix(got), operation: operation, object: object, each) { return }
    }
  }

  /// Walks over the messages of one datagram. True when the answer is complete.
  private mutating func consume(
    _ datagram: Slice<UnsafeMutableRawBufferPointer>, operation: String, object: String, _ each: (MessageReader) -> Void
  ) throws(Failure) -> Bool {
    var messages = MessageWalk(UnsafeRawBufferPointer(rebasing: datagram))
    while let message = messages.next() {
      guard message.sequence == sequence, message.port == port else { continue }
      // NLMSG_DONE tells of it too, and alone does so when all that was still to come is gone.
      isTorn = isTorn || message.isTorn
      switch message.type {
      case NLMSG_NOOP: continue
      case NLMSG_DONE, NLMSG_ERROR:
        let number = message.errorNumber
        if number != 0 { throw failure(number, message.kernelWords, operation, object) }
        return true
      default:
        answers += 1
        each(message)
      }
    }
    return false
  }

  private func failure(_ number: Int32, _ words: String, _ operation: String, _ object: String) -> Failure {
    var failure = Errno(number).failure(operation, object)
    if !words.isEmpty { failure.cause += " (kernel: \(words))" }
    return failure
  }
}
