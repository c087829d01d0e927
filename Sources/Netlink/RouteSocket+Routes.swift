import CMnl
public import Failure
import Glibc

extension RouteSocket {
  /// Number of the interface by which the IPv4 default route of the main table leaves, the one of the lowest metric;
  /// nil if there is none that works. Of several next hops it is the first.
  public mutating func defaultRoute() throws(Failure) -> Int32? {
    let main = UInt32(RT_TABLE_MAIN.rawValue)
    do {
      let routes: [DefaultRoute] = try kernel.dump(RTM_GETROUTE, operation: "look up default route") { message in
        var header = rtmsg()
        header.rtm_family = UInt8(AF_INET)
        header.rtm_table = UInt8(main)
        message.header(header)
      } _: { message in
        DefaultRoute(message, table: main)
      }
      return routes.min { $0.metric < $1.metric }?.index
    } catch let failure {
      // A namespace has no main table before its first route.
      if failure.errno == ENOENT { return nil }
      throw failure
    }
  }
}

/// A route to everywhere that works.
struct DefaultRoute {
  let index: Int32
  private(set) var metric: UInt32 = 0

  init?(_ message: MessageReader, table: UInt32) {
    guard let header = message.body(rtmsg.self), header.rtm_family == UInt8(AF_INET), header.rtm_dst_len == 0,
      header.rtm_type == UInt8(RTN_UNICAST), header.rtm_flags & UInt32(RTNH_F_DEAD) == 0
    else { return nil }
    var own = UInt32(header.rtm_table)
    var index: Int32?
    for attribute in message.attributes(after: MemoryLayout<rtmsg>.size) {
      switch attribute.type {
      case Int(RTA_TABLE.rawValue): own = attribute.number
      case Int(RTA_OIF.rawValue): index = Int32(bitPattern: attribute.number)
      case Int(RTA_PRIORITY.rawValue): metric = attribute.number
      case Int(RTA_MULTIPATH.rawValue): index = attribute.body(rtnexthop.self)?.rtnh_ifindex
      default: break
      }
    }
    guard own == table, let index else { return nil }
    self.index = index
  }
}
