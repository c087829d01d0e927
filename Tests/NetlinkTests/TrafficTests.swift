import Failure
import Glibc
import Linux
import Netlink
import Testing

extension RealKernel {
  /// Limits and counters of traffic.
  @Suite struct TrafficTests {
    @Test func aRateIsSetChangedAndTakenAway() throws {
      try Namespace.run { route in
        let bridge = try route.makeBridge("br0")
        let tap = try route.makeTap("t0", bridge: bridge)
        let index = try #require(try route.link("t0")).index
        #expect(try route.shaping(of: "t0") == nil)
        // Also below a byte per millisecond, around the end of 32 bits, and twice the same.
        for rate: UInt64 in [1, 12_500_000, 12_500_000, 0xffff_ffff, 0x1_0000_0000, 12_500_000_000, 125_000] {
          try route.shape("t0", bytesPerSecond: rate)
          #expect(try route.shaping(of: "t0") == rate)
          #expect(try route.shapings() == [index: rate])
        }
        for _ in 0..<2 {
          try route.shape("t0", bytesPerSecond: 0)
          #expect(try route.shaping(of: "t0") == nil)
        }
        let failure = #expect(throws: Failure.self) { try route.shape("nothing", bytesPerSecond: 1) }
        #expect(failure?.errno == ENODEV && failure?.object == "nothing")
        _ = tap
      }
    }

    @Test func aShapedPortDropsWhatIsTooMuch() throws {
      try Namespace.run { route in
        let bridge = try route.makeBridge("br0")
        let slow = try route.makeTap("t0", bridge: bridge)
        let fast = try route.makeTap("t1", bridge: bridge)
        try route.shape("t0", bytesPerSecond: 1)
        // 72 KiB may leave at once and as much may wait; 60 bytes each.
        for _ in 0..<4_000 {
          try send(fast, from: 1, to: 9)
          _ = sources(at: slow)
        }
        let index = try #require(try route.link("t0")).index
        let sent = try #require(try route.statistics().first { $0.index == index }).sent
        #expect(sent.bytes <= 73_728 && sent.packets > 1_000)
      }
    }

    @Test func whatAnInterfaceCarriesIsCounted() throws {
      try Namespace.run { route in
        let bridge = try route.makeBridge("br0")
        let tap = try route.makeTap("t0", bridge: bridge)
        let other = try route.makeTap("t1", bridge: bridge)
        let (index, peer) = (
          try #require(try route.link("t0")).index, try #require(try route.link("t1")).index
        )
        for _ in 0..<10 { try send(tap, from: 1, to: 9) }
        #expect(try receive(other).count > 0)
        let all = try route.statistics()
        #expect(Set(all.map(\.index)) == Set(try route.links().map(\.index)))
        let own = try #require(all.first { $0.index == index })
        #expect(own.received.packets == 10 && own.received.bytes == 600 && own.received.dropped == 0)
        let there = try #require(all.first { $0.index == peer })
        #expect(there.sent.packets >= 10 && there.sent.bytes >= 600)
      }
    }
  }
}
