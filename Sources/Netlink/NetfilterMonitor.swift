import CMnl
public import Failure
import Glibc
import Linux

/// A non-blocking socket on which the kernel tells that part of a ruleset of nftables is taken away (NFNLGRP_NFTABLES).
public struct NetfilterMonitor: ~Copyable {
  private let socket: OpaquePointer
  private let buffer: UnsafeMutableRawBufferPointer

  /// Opens one in the network namespace of the calling thread.
  public init() throws(Failure) {
    socket = try KernelSocket.open(Int32(NETLINK_NETFILTER), groups: 1 << UInt32(NFNLGRP_NFTABLES.rawValue - 1))
    // A notification is a few hundred bytes; what is longer is cut, and its header is all that counts.
    buffer = .allocate(byteCount: 8192, alignment: 16)
    _ = fcntl(mnl_socket_get_fd(socket), F_SETFL, O_NONBLOCK)
  }

  deinit {
    mnl_socket_close(socket)
    buffer.deallocate()
  }

  /// The number of the socket, for `poll(2)`.
  public var raw: Int32 { mnl_socket_get_fd(socket) }

  /// Takes what has arrived, at most `limit` datagrams; true if a table, chain, rule or set of anybody was removed, or
  /// if notifications were lost.
  public func drain(limit: Int) throws(Failure) -> Bool {
    var isRemoval = false
    for _ in 0..<limit {
      let got = recv(raw, buffer.baseAddress, buffer.count, 0)
      if got < 0 {
        switch errno {
        case EINTR: continue
        case EAGAIN: return isRemoval
        case ENOBUFS:
          isRemoval = true
          continue
        default: throw Errno(errno).failure("read netfilter monitor")
        }
      }
      var messages = MessageWalk(UnsafeRawBufferPointer(rebasing: buffer.prefix(got)))
      while let message = messages.next() { isRemoval = isRemoval || Self.removals.contains(message.type) }
    }
    return isRemoval
  }

  /// The subsystem is in the upper byte of the type (NFNL_SUBSYS_ID, linux/netfilter/nfnetlink.h).
  private static let removals = Set(
    [NFT_MSG_DELTABLE, NFT_MSG_DELCHAIN, NFT_MSG_DELRULE, NFT_MSG_DELSET].map {
      Int32(NFNL_SUBSYS_NFTABLES) << 8 | Int32($0.rawValue)
    })
}
