import Failure
import Glibc
import Linux
import Netlink
import Testing

extension RealKernel {
  /// Bridges, their ports and what they know of them.
  @Suite struct BridgeTests {
    /// One with an address of chance would get another of udev.
    @Test func aBridgeHasItsAddressFromTheFirstMoment() throws {
      try Namespace.run { route in
        var new = LinkChange()
        new.mac = 0x0250_0a64_0001
        let monitor = try LinkMonitor()
        try route.createBridge("br0", new)
        var seen: [UInt64] = []
        try monitor.drain(limit: 64) { event in
          if case .changed(let link) = event, link.name == "br0" { seen.append(link.mac) }
        }
        #expect(!seen.isEmpty && seen.allSatisfy { $0 == new.mac })
      }
    }

    @Test func aPortJoinsWithItsBehaviour() throws {
      try Namespace.run { route in
        let bridge = try route.makeBridge("br0")
        let quiet = BridgePort(isIsolated: true, isLearning: false, isFlooded: false)
        let tap = try route.makeTap("t0", bridge: bridge, quiet)
        let link = try #require(try route.link("t0"))
        #expect(link.master == bridge && link.isUp && link.port == quiet)
        #expect(try route.links().first { $0.name == "t0" } == link)
        // Of a member only the behaviour changes, in one message; asking again changes nothing.
        var change = LinkChange()
        change.port = BridgePort(isIsolated: true, isLearning: true, isFlooded: false)
        for _ in 0..<2 {
          try route.change("t0", change)
          #expect(try route.link("t0")?.port == change.port)
        }
        // With the same bridge and everything else at once.
        change.master = bridge
        change.port = quiet
        change.alias = "port"
        change.isUp = true
        try route.change("t0", change)
        let again = try #require(try route.link("t0"))
        #expect(again.port == quiet && again.alias == "port" && again.isUp)
        // In another bridge it would be an ordinary port, if it did not get its behaviour again.
        change.master = try route.makeBridge("br1")
        try route.change("t0", change)
        #expect(try route.link("t0")?.master == change.master)
        #expect(try route.link("t0")?.port == quiet)
        change = LinkChange()
        change.master = 0
        try route.change("t0", change)
        #expect(try route.link("t0")?.port == nil)
        _ = tap
      }
    }

    @Test func whatIsNoPortHasNoBehaviour() throws {
      try Namespace.run { route in
        var change = LinkChange()
        change.port = BridgePort(isIsolated: true)
        let failure = #expect(throws: Failure.self) { try route.change("lo", change) }
        #expect(failure?.errno == EOPNOTSUPP && failure?.object == "lo")
        let missing = #expect(throws: Failure.self) { try route.change("nothing", change) }
        #expect(missing?.errno == ENODEV)
        let made = try route.link("nothing")
        #expect(made == nil)
      }
    }

    @Test func isolatedPortsDoNotHearEachOther() throws {
      try Namespace.run { route in
        let bridge = try route.makeBridge("br0")
        let first = try route.makeTap("t0", bridge: bridge, BridgePort(isIsolated: true))
        let second = try route.makeTap("t1", bridge: bridge, BridgePort(isIsolated: true))
        let open = try route.makeTap("t2", bridge: bridge, BridgePort())
        try send(first, from: 1, to: 9)
        try send(open, from: 3, to: 8)
        #expect(try receive(open) == [1])
        #expect(try receive(second) == [3])
        #expect(try receive(first) == [3])
        #expect(sources(at: second).isEmpty)
      }
    }

    @Test func aForwardingEntryStaysWhereItIsPut() throws {
      try Namespace.run { route in
        let bridge = try route.makeBridge("br0")
        let other = try route.makeBridge("br1")
        let tap = try route.makeTap("t0", bridge: bridge, BridgePort(isLearning: false, isFlooded: false))
        let liar = try route.makeTap("t1", bridge: bridge, BridgePort(isLearning: true, isFlooded: true))
        let port = try #require(try route.link("t0")).index
        let liarPort = try #require(try route.link("t1")).index
        let entry = ForwardingEntry(mac: 0x0200_0000_0005, port: port)
        #expect(try route.forwarding(bridge: bridge).isEmpty)
        for _ in 0..<2 {
          try route.addForwarding(entry, object: "t0")
          #expect(try route.forwarding(bridge: bridge) == [entry])
        }
        #expect(try route.forwarding(bridge: other).isEmpty)
        // A frame that claims the address elsewhere is let through, but takes the address not along.
        try send(liar, from: 5, to: 9)
        #expect(try route.forwarding(bridge: bridge) == [entry])
        // A port that is not flooded gets what is for the address, and nothing that is for an unknown one.
        try send(liar, from: 6, to: 9)
        try send(liar, from: 7, to: 5)
        #expect(try receive(tap) == [7])
        // It can be moved, and only the entry of the right port is deleted.
        let moved = ForwardingEntry(mac: entry.mac, port: liarPort)
        try route.addForwarding(moved, object: "t1")
        #expect(try route.forwarding(bridge: bridge) == [moved])
        try route.deleteForwarding(entry, object: "t0")
        #expect(try route.forwarding(bridge: bridge) == [moved])
        for _ in 0..<2 { try route.deleteForwarding(moved, object: "t1") }
        #expect(try route.forwarding(bridge: bridge).isEmpty)
      }
    }

    @Test func aForwardingEntryNeedsAPort() throws {
      try Namespace.run { route in
        let entry = ForwardingEntry(mac: 0x0200_0000_0005, port: 1)
        let failure = #expect(throws: Failure.self) { try route.addForwarding(entry, object: "02:… at lo") }
        #expect(failure?.object == "02:… at lo" && failure?.errno != 0)
      }
    }

    @Test func aListReadWhileItChangesIsWhole() throws {
      try Namespace.run { route in
        var change = LinkChange()
        change.mtu = 1400
        for number in 0..<200 { try route.createBridge("stays\(number)", change) }
        // Made by this thread, so it is in the same namespace.
        let churn = Churn()
        churn.start()
        defer { churn.stop() }
        for _ in 0..<50 {
          let links: [Link]
          do { links = try route.links() } catch {
            // It may give up, but never lie.
            #expect((error as? Failure)?.code == .unavailable)
            continue
          }
          #expect(links.count { $0.name.hasPrefix("stays") && $0.mtu == 1400 } == 200)
          #expect(Set(links.map(\.index)).count == links.count)
        }
      }
    }
  }
}
