import CMnl
import Failure
import Foundation
import Glibc
import Linux
import Testing

@testable import Netlink

extension RealKernel {
  /// Addresses, routes and what is forwarded.
  @Suite struct RoutingTests {
    @Test func anIPv6AddressIsGoodAtOnce() throws {
      try Namespace.run { route in
        let bridge = try route.makeBridge("br0")
        let address = try #require(IPv6Address("fd50:6372::1"))
        let wanted = InterfaceAddress6(index: bridge, address: address, prefix: 64)
        #expect(try route.addresses6().filter { $0.index == bridge }.isEmpty)
        for _ in 0..<2 {
          try route.addAddress6(wanted, object: "br0")
          #expect(try route.addresses6().filter { $0.index == bridge } == [wanted])
        }
        // Name, flags and so on as the kernel prints them: neither tentative (40) nor failed (08), permanent (80).
        let table = try String(contentsOfFile: "/proc/thread-self/net/if_inet6", encoding: .utf8)
        let line = try #require(table.split(separator: "\n").first { $0.hasPrefix("fd50637200000000") })
        #expect(line.split(separator: " ")[4] == "82")
        // The IPv4 ones are listed apart.
        let old = InterfaceAddress(index: bridge, address: 0x0a64_0001, prefix: 24)
        try route.addAddress(old, object: "br0")
        #expect(try route.addresses() == [old])
        #expect(try route.addresses6().filter { $0.index == bridge } == [wanted])
      }
    }

    @Test func aLinkLocalAddressComesAndStaysAway() throws {
      try Namespace.run { route in
        for isWanted in [true, false] {
          let name = isWanted ? "with" : "without"
          var change = LinkChange()
          change.isWithoutIPv6 = true
          try route.createBridge(name, change)
          change.hasLinkLocal = isWanted
          change.isUp = true
          try route.change(name, change)
          let index = try #require(try route.link(name)).index
          // Without a carrier the kernel waits; a port gives one.
          let tap = try route.makeTap("t" + name, bridge: index)
          let end = Date().addingTimeInterval(isWanted ? 8 : 0)
          var found: [InterfaceAddress6] = []
          repeat {
            found = try route.addresses6().filter { $0.index == index }
            if found.isEmpty { usleep(10_000) }
          } while found.isEmpty && Date() < end
          #expect(found.contains { $0.address.high == 0xfe80 << 48 && $0.prefix == 64 } == isWanted)
          _ = tap
        }
        var change = LinkChange()
        change.isWithoutIPv6 = true
        #expect(change.hasLinkLocal == false)
        change.isWithoutIPv6 = false
        #expect(change.hasLinkLocal == nil)
      }
    }

    @Test func forwardingIsSwitchedOnForOneInterface() throws {
      try Namespace.run { route in
        let (first, second) = (try route.makeBridge("br0"), try route.makeBridge("br1"))
        // A new namespace may take its defaults from the first one (net.core.devconf_inherit_init_net).
        let before = try route.forwardingLinks()
        #expect(try route.isForwarding("br0") == before.contains(first))
        for _ in 0..<2 {
          try route.enableForwarding("br0")
          #expect(try route.isForwarding("br0"))
          #expect(try route.forwardingLinks() == before.union([first]))
        }
        #expect(try route.isForwarding("br1") == before.contains(second))
        let path = "/proc/thread-self/net/../../../sys/net/ipv4/conf/br0/forwarding"
        if let text = try? String(contentsOfFile: path, encoding: .utf8) { #expect(text == "1\n") }
        let change = #expect(throws: Failure.self) { try route.enableForwarding("nothing") }
        #expect(change?.errno == ENODEV && change?.object == "nothing")
        let look = #expect(throws: Failure.self) { _ = try route.isForwarding("nothing") }
        #expect(look?.errno == ENODEV && look?.object == "nothing")
      }
    }

    @Test func theDefaultRouteIsTheOneOfTheLowestMetric() throws {
      try Namespace.run { route in
        #expect(try route.defaultRoute() == nil)
        let (first, second) = (try route.makeBridge("br0"), try route.makeBridge("br1"))
        try route.addAddress(InterfaceAddress(index: first, address: 0x0a64_0001, prefix: 24), object: "br0")
        #expect(try route.defaultRoute() == nil)
        try route.addRoute(by: first, metric: 200)
        #expect(try route.defaultRoute() == first)
        try route.addRoute(by: second, metric: 300)
        #expect(try route.defaultRoute() == first)
        // Neither another table nor half of the world counts.
        try route.addRoute(by: second, metric: 1, table: 100)
        try route.addRoute(by: second, metric: 1, prefix: 1)
        try route.addRoute(by: second, metric: 1, type: RTN_BLACKHOLE)
        #expect(try route.defaultRoute() == first)
        try route.addRoute(by: second, metric: 100)
        #expect(try route.defaultRoute() == second)
        try route.addRoute(by: first, metric: 0)
        #expect(try route.defaultRoute() == first)
        // Without its interface it is gone.
        try route.deleteLink("br0")
        #expect(try route.defaultRoute() == second)
      }
    }

    @Test func ofSeveralNextHopsItIsTheFirst() throws {
      try Namespace.run { route in
        let (first, second) = (try route.makeBridge("br0"), try route.makeBridge("br1"))
        try route.addRoute(metric: 5) { message in
          let size = UInt16(MemoryLayout<rtnexthop>.size)
          func hop(_ index: Int32) -> rtnexthop {
            rtnexthop(rtnh_len: size, rtnh_flags: 0, rtnh_hops: 0, rtnh_ifindex: index)
          }
          message.bytes(Int(RTA_MULTIPATH.rawValue), (hop(second), hop(first)))
        }
        #expect(try route.defaultRoute() == second)
      }
    }
  }
}

extension RouteSocket {
  fileprivate mutating func addRoute(
    by index: Int32, metric: UInt32, table: UInt8 = 254, prefix: UInt8 = 0, type: Int = RTN_UNICAST
  ) throws {
    try addRoute(metric: metric, table: table, prefix: prefix, type: type) { message in
      if type == RTN_UNICAST { message.number(Int(RTA_OIF.rawValue), UInt32(bitPattern: index)) }
    }
  }

  fileprivate mutating func addRoute(
    metric: UInt32, table: UInt8 = 254, prefix: UInt8 = 0, type: Int = RTN_UNICAST,
    _ hops: (inout MessageBuilder) -> Void
  ) throws {
    try kernel.request(RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_EXCL, operation: "add route", object: "") { message in
      var header = rtmsg()
      header.rtm_family = UInt8(AF_INET)
      header.rtm_table = table
      header.rtm_dst_len = prefix
      header.rtm_protocol = UInt8(RTPROT_STATIC)
      header.rtm_scope = type == RTN_UNICAST ? UInt8(RT_SCOPE_LINK.rawValue) : 0
      header.rtm_type = UInt8(type)
      message.header(header)
      if prefix > 0 { message.address(Int(RTA_DST.rawValue), 0) }
      if metric > 0 { message.number(Int(RTA_PRIORITY.rawValue), metric) }
      hops(&message)
    }
  }
}
