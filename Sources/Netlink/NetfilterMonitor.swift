import CMnl
public import Failure
import Glibc
import Linux

/// What changes of a ruleset of nftables mean for one table.
public struct FilterChanges: Hashable, Sendable {
  /// Whether the table may be another one: something of it was named, or notifications were lost.
  public var isTouched = false
  /// The state after the last of them; nil if none has ended yet. See `NetfilterSocket.generation()`.
  public var generation: UInt32?
}

/// A non-blocking socket on which the kernel tells of every change of the rulesets of nftables (NFNLGRP_NFTABLES).
public struct NetfilterMonitor: ~Copyable {
  private let socket: OpaquePointer
  private let buffer: UnsafeMutableRawBufferPointer

  /// Opens one in the network namespace of the calling thread.
  public init() throws(Failure) {
    socket = try KernelSocket.open(Int32(NETLINK_NETFILTER), groups: 1 << UInt32(NFNLGRP_NFTABLES.rawValue - 1))
    // The kernel gathers notifications up to NLMSG_GOODSIZE, 8 KiB at most.
    buffer = .allocate(byteCount: 16384, alignment: 16)
    _ = fcntl(mnl_socket_get_fd(socket), F_SETFL, O_NONBLOCK)
  }

  deinit {
    mnl_socket_close(socket)
    buffer.deallocate()
  }

  /// The number of the socket, for `poll(2)`.
  public var raw: Int32 { mnl_socket_get_fd(socket) }

  /// Takes what has arrived, at most `limit` datagrams.
  /// - Parameters:
  ///   - table: The table that matters, in whatever family.
  ///   - isOpen: Sets of it whose elements do not matter.
  public func drain(limit: Int, table: String, leavingOut isOpen: (String) -> Bool) throws(Failure) -> FilterChanges {
    var notifications = FilterChanges()
    for _ in 0..<limit {
      var sender = sockaddr_nl()
      var length = socklen_t(MemoryLayout<sockaddr_nl>.size)
      let got = withUnsafeMutablePointer(to: &sender) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          recvfrom(raw, buffer.baseAddress, buffer.count, Int32(MSG_TRUNC), $0, &length)
        }
      }
      if got < 0 {
        switch errno {
        case EINTR: continue
        case EAGAIN: return notifications
        case ENOBUFS:
          notifications.isTouched = true
          continue
        default: throw Errno(errno).failure("read netfilter monitor")
        }
      }
      // Any process may write to this socket; only the kernel has port 0.
      guard sender.nl_pid == 0 else { continue }
      notifications.isTouched = notifications.isTouched || got > buffer.count
      var messages = MessageWalk(UnsafeRawBufferPointer(rebasing: buffer.prefix(got)))
      while let message = messages.next() { notifications.read(message, table, isOpen) }
    }
    return notifications
  }
}

extension FilterChanges {
  /// The subsystem is in the upper byte of the type (NFNL_SUBSYS_ID, linux/netfilter/nfnetlink.h).
  mutating func read(_ message: MessageReader, _ table: String, _ isOpen: (String) -> Bool) {
    guard message.type >> 8 == Int32(NFNL_SUBSYS_NFTABLES) else { return }
    let kind = UInt32(message.type & 255)
    var (own, second) = ("", "")
    for attribute in message.attributes(after: MemoryLayout<nfgenmsg>.size) {
      // The table is attribute 1 of every kind; the set is attribute 2 of its elements' (NFTA_SET_ELEM_LIST_SET).
      switch (kind, attribute.type) {
      case (NFT_MSG_NEWGEN.rawValue, Int(NFTA_GEN_ID.rawValue)): generation = attribute.bigEndianNumber
      case (NFT_MSG_NEWGEN.rawValue, _): break
      case (_, Int(NFTA_TABLE_NAME.rawValue)): own = attribute.text
      case (_, Int(NFTA_SET_ELEM_LIST_SET.rawValue)) where Self.ofElements.contains(kind): second = attribute.text
      default: break
      }
    }
    if own == table, second.isEmpty || !isOpen(second) { isTouched = true }
  }

  private static let ofElements = [NFT_MSG_NEWSETELEM.rawValue, NFT_MSG_DELSETELEM.rawValue]
}
