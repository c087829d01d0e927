import CMnl
public import Failure
import Glibc

/// What an interface has carried since it was made. For a TAP, received is what its holder sent.
public struct LinkStatistics: Hashable, Sendable {
  /// Number of the interface.
  public let index: Int32
  /// Received packets, bytes, and packets that were dropped.
  public let received: Direction
  /// The same of what was sent.
  public let sent: Direction

  /// One direction.
  public struct Direction: Hashable, Sendable {
    /// Packets.
    public var packets: UInt64
    /// Bytes.
    public var bytes: UInt64
    /// Packets dropped.
    public var dropped: UInt64
  }

  init?(_ message: MessageReader) {
    guard let header = message.body(if_stats_msg.self) else { return nil }
    var found: AttributeReader?
    for attribute in message.attributes(after: MemoryLayout<if_stats_msg>.size)
    where attribute.type == IFLA_STATS_LINK_64 { found = attribute }
    // rtnl_link_stats64 grows with the kernel; its first eight fields stay: packets, bytes, errors, dropped of each.
    guard let bytes = found?.bytes, bytes.count >= 64 else { return nil }
    func field(_ number: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: number * 8, as: UInt64.self) }
    index = Int32(bitPattern: header.ifindex)
    received = Direction(packets: field(0), bytes: field(2), dropped: field(6))
    sent = Direction(packets: field(1), bytes: field(3), dropped: field(7))
  }
}

extension RouteSocket {
  /// What every interface of the namespace has carried: far cheaper than `links()`, for the kernel too.
  public mutating func statistics() throws(Failure) -> [LinkStatistics] {
    try kernel.dump(RTM_GETSTATS, operation: "list statistics") { message in
      var header = if_stats_msg()
      // IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64).
      header.filter_mask = 1 << UInt32(IFLA_STATS_LINK_64 - 1)
      message.header(header)
    } _: {
      LinkStatistics($0)
    }
  }
}
