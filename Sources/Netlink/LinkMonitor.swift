import CMnl
public import Failure
import Glibc
import Linux

/// What happened to an interface.
public enum LinkEvent: Hashable, Sendable {
  /// It appeared or changed.
  case changed(Link)
  /// It is gone.
  case removed(Link)
  /// Events were lost: read everything anew.
  case overrun
}

/// A non-blocking socket on which the kernel tells of every change of an interface (RTMGRP_LINK).
public struct LinkMonitor: ~Copyable {
  private let socket: OpaquePointer
  private let buffer: UnsafeMutableRawBufferPointer

  /// Opens one in the network namespace of the calling thread.
  public init() throws(Failure) {
    socket = try KernelSocket.open(Int32(NETLINK_ROUTE), groups: UInt32(RTMGRP_LINK))
    buffer = .allocate(byteCount: 32768, alignment: 16)
    let raw = mnl_socket_get_fd(socket)
    // 4 MiB hold the events of a few thousand TAPs that lose their carrier at once; what is lost even so is noticed.
    var size: Int32 = 4 << 20
    if setsockopt(raw, SOL_SOCKET, SO_RCVBUFFORCE, &size, socklen_t(MemoryLayout<Int32>.size)) != 0 {
      _ = setsockopt(raw, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    _ = fcntl(raw, F_SETFL, O_NONBLOCK)
  }

  deinit {
    mnl_socket_close(socket)
    buffer.deallocate()
  }

  /// The number of the socket, for `poll(2)`.
  public var raw: Int32 { mnl_socket_get_fd(socket) }

  /// Takes what has arrived, at most `limit` datagrams, and hands it to `each`.
  public func drain(limit: Int, _ each: (LinkEvent) -> Void) throws(Failure) {
    for _ in 0..<limit {
      var sender = sockaddr_nl()
      var length = socklen_t(MemoryLayout<sockaddr_nl>.size)
      let got = withUnsafeMutablePointer(to: &sender) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          recvfrom(raw, buffer.baseAddress, buffer.count, 0, $0, &length)
        }
      }
      if got < 0 {
        switch errno {
        case EINTR: continue
        case EAGAIN: return
        case ENOBUFS:
          each(.overrun)
          continue
        default: throw Errno(errno).failure("read netlink monitor")
        }
      }
      guard sender.nl_pid == 0 else { continue }
      var messages = MessageWalk(UnsafeRawBufferPointer(rebasing: buffer.prefix(got)))
      while let message = messages.next() {
        switch Int(message.type) {
        case RTM_NEWLINK: if let link = Link(message) { each(.changed(link)) }
        case RTM_DELLINK: if let link = Link(message) { each(.removed(link)) }
        default: break
        }
      }
    }
  }
}
