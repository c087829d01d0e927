import IPC
import Linux
import Testing

@testable import NetworkPlan
@testable import netd

extension RealNetd {
  /// What ports are told: whom they may reach, how fast, and by which ports of the host they are reached.
  @Suite struct GuardRulesTests {
    private static func range(
      _ text: String, _ prefix: UInt8, _ transport: Transport = .any, _ first: UInt16 = 0, _ last: UInt16 = 0
    ) -> Policy.Range {
      var range = Policy.Range()
      range.address = IPv4.parse(text) ?? 0
      range.prefix = prefix
      range.transport = transport
      range.first = first
      range.last = last
      return range
    }

    private static func forward(_ hostPort: UInt16, _ guestPort: UInt16, _ transport: Transport = .tcp) -> Forwarding {
      Forwarding(HostPort(transport: transport, number: hostPort), guestPort)
    }

    private static func isTCP(_ frame: EthernetFrame, from: UInt32? = nil, to port: UInt16) -> Bool {
      guard let packet = frame.ipv4, packet.transport == 6 else { return false }
      return packet.ports.1 == port && (from == nil || packet.source == from)
    }

    private static func reaches(_ world: World, _ guest: World.Guest, _ port: UInt16, flags: UInt8 = 2) throws -> Bool {
      let frame = Frames.tcp(
        to: guest.gatewayMAC, from: guest.mac, guest.address, World.outside, ports: (40000, port), flags: flags,
        sequence: flags == 2 ? 1 : 2, acknowledged: flags == 2 ? 0 : 2)
      return try world.crosses(frame, from: guest, to: world.outside) { isTCP($0, to: port) }
    }

    // MARK: Only what is listed

    @Test func onlyListedRangesAreReachedAndAChangeActsAtOnce() throws {
      try RoutedTests.inWorld([RoutedTests.network()]) { world in
        let guest = try world.guest(2)
        #expect(try Self.reaches(world, guest, 80))
        // The connection stands.
        try world.outside.send(
          Frames.tcp(
            to: World.hostMAC, from: World.outsideMAC, World.outside, World.host, ports: (80, 40000), flags: 0x12,
            acknowledged: 2))
        try world.fenceOutside()
        #expect(try Self.reaches(world, guest, 80, flags: 0x10))
        try world.guarding.set(guest.slot, PortRules(isRestricted: true))
        #expect(try !Self.reaches(world, guest, 80, flags: 0x10), "an open connection goes on")
        #expect(try !Self.reaches(world, guest, 81))
        #expect(try world.dropped("policed") == 2)
        let lists: [([Policy.Range], [UInt16], [UInt16])] = [
          ([Self.range("192.0.2.2", 32)], [80, 443], []),
          ([Self.range("192.0.2.0", 24, .tcp, 80, 90)], [80, 90], [79, 91]),
          ([Self.range("0.0.0.0", 0, .tcp, 443, 443), Self.range("192.0.2.0", 25, .tcp, 80, 80)], [443, 80], [81]),
          ([Self.range("192.0.2.0", 24, .udp, 0, .max)], [], [80]),
          ([Self.range("192.0.2.0", 24, .tcp, 0, .max)], [80], []),
          ([Self.range("192.0.2.3", 32)], [], [80]),
        ]
        for (ranges, open, closed) in lists {
          try world.guarding.set(guest.slot, PortRules(isRestricted: true, ranges: ranges))
          for port in open { #expect(try Self.reaches(world, guest, port), "\(port) with \(ranges)") }
          for port in closed { #expect(try !Self.reaches(world, guest, port), "\(port) with \(ranges)") }
          #expect(try Guard(world.layout).rules(guest.slot).ranges == ranges)
        }
        try world.guarding.set(guest.slot, PortRules())
        #expect(try Self.reaches(world, guest, 8080))
      }
    }

    /// A connection that came in before is no way out afterwards.
    @Test func aListedPortStopsAnswering() throws {
      try RoutedTests.inWorld([RoutedTests.network(.routed)]) { world in
        let guest = try world.guest(2)
        try world.send(tcp: (40000, 80), to: guest.address)
        try world.fenceOutside()
        let answer = Frames.tcp(
          to: guest.gatewayMAC, from: guest.mac, guest.address, World.outside, ports: (80, 40000), flags: 0x12,
          acknowledged: 2)
        #expect(try world.crosses(answer, from: guest, to: world.outside) { Self.isTCP($0, to: 40000) })
        try world.guarding.set(guest.slot, PortRules(isRestricted: true))
        #expect(try !world.crosses(answer, from: guest, to: world.outside) { Self.isTCP($0, to: 40000) })
      }
    }

    /// What a change costs does not grow with the ports that others have.
    @Test func aChangeReadsWhatItTouchesAndNothingElse() throws {
      try RoutedTests.inWorld([RoutedTests.network()]) { world in
        let steps = [
          PortRules(
            isRestricted: true, ranges: [Self.range("192.0.2.0", 24, .tcp, 80, 90), Self.range("198.51.100.1", 32)],
            profile: 1, resolverPort: 5301, sendRate: 100_000),
          PortRules(
            isRestricted: true, ranges: [Self.range("192.0.2.0", 25)], profile: 2, resolverPort: 5302, sendRate: 200_000
          ),
          PortRules(isRestricted: true, sendRate: 200_000, forwards: [Self.forward(8080, 80)]),
          PortRules(),
        ]
        func answers(_ host: Int) throws -> [Int] {
          let slot = try #require(world.layout.slot(network: 0, shard: 0, host: host))
          return try steps.map { rules in
            let before = world.guarding.kernel.answers
            try world.guarding.set(slot, rules)
            return world.guarding.kernel.answers - before
          }
        }
        try world.guarding.cover(network: 0, shard: 0)
        let alone = try answers(2)
        for host in 3..<100 {
          let slot = try #require(world.layout.slot(network: 0, shard: 0, host: host))
          try world.guarding.set(
            slot,
            PortRules(
              isRestricted: true, ranges: [Self.range("192.0.2.0", 24)], profile: UInt32(host), resolverPort: 6000,
              sendRate: 1_000_000))
        }
        let crowded = try answers(100)
        print("a change of rules reads \(alone) messages of the kernel alone, \(crowded) among 97 others")
        #expect(crowded == alone)
        // Nothing that was not read was missed.
        #expect(try world.guarding.differences(isThorough: true).isEmpty)
        try World.nft("add rule inet procurator ranges-\(world.layout.tap(Slot(index: 1))) accept")
        #expect(try world.guarding.differences().contains { $0.contains("chain ranges-") })
        #expect(try world.guarding.differences(isThorough: true).isEmpty)
      }
    }

    @Test func aListedPortHasNoNeighbours() throws {
      try RoutedTests.inWorld([RoutedTests.network()]) { world in
        let a = try world.guest(2)
        let b = try world.guest(3)
        let far = try world.guest(2, shard: 1)
        try world.guarding.set(b.slot, PortRules(isRestricted: true, ranges: [Self.range("0.0.0.0", 0)]))
        for (from, to) in [(a, b), (b, a)] {
          let direct = Frames.udp(to: to.mac, from: from.mac, from.address, to.address, ports: (7, 7))
          #expect(try !world.crosses(direct, from: from, to: to.cable))
          let ask = Frames.arp(1, from: from.mac, sender: from.address, target: to.address)
          #expect(try !world.crosses(ask, from: from, to: to.cable))
        }
        for (from, to) in [(far, b), (b, far), (a, b), (b, a)] {
          let routed = Frames.tcp(to: from.gatewayMAC, from: from.mac, from.address, to.address, ports: (40000, 80))
          #expect(try !world.crosses(routed, from: from, to: to.cable) { $0.ipv4?.transport == 6 })
        }
        // Others are not touched.
        let direct = Frames.tcp(to: a.gatewayMAC, from: a.mac, a.address, far.address, ports: (40000, 80))
        #expect(try world.crosses(direct, from: a, to: far.cable) { Self.isTCP($0, to: 80) })
      }
    }

    @Test func aProfileOpensWhatItsResolverFinds() throws {
      try RoutedTests.inWorld([RoutedTests.network()]) { world in
        let a = try world.guest(2)
        let b = try world.guest(3)
        let rules = PortRules(isRestricted: true, profile: 0xbeef, resolverPort: 15_400)
        try world.guarding.set(a.slot, rules)
        #expect(try !Self.reaches(world, a, 80))
        try World.nft("add", "element", "inet", "procurator", "names-0000beef", "{ 192.0.2.2 }")
        #expect(try Self.reaches(world, a, 80))
        // A second user of the list, and the first one leaves.
        try world.guarding.set(b.slot, rules)
        #expect(try Self.reaches(world, b, 80))
        try world.guarding.set(a.slot, PortRules(isRestricted: true))
        #expect(try !Self.reaches(world, a, 80))
        #expect(try Self.reaches(world, b, 80))
        // What the resolver has found outlives a new ruleset.
        try world.guarding.load()
        #expect(try Self.reaches(world, b, 80))
        try world.guarding.set(b.slot, PortRules())
        #expect(throws: (any Error).self) {
          try World.nft("list", "set", "inet", "procurator", "names-0000beef")
        }
      }
    }

    @Test func listedPortsAskTheirOwnResolverOnly() throws {
      try RoutedTests.inWorld([RoutedTests.network()]) { world in
        let guest = try world.guest(2)
        // Nobody listens: where a refusal comes from tells which port was reached.
        func refused(_ port: UInt16, _ source: UInt16) throws -> Bool {
          let ask = Frames.tcp(
            to: guest.gatewayMAC, from: guest.mac, guest.address, guest.gateway, ports: (source, port))
          try guest.cable.send(ask)
          return try world.fence(guest).contains { Self.isTCP($0, from: guest.gateway, to: source) }
        }
        #expect(try refused(53, 41000))
        #expect(try !refused(15_400, 41001))
        try world.guarding.set(guest.slot, PortRules(isRestricted: true))
        #expect(try !refused(53, 41002))
        try world.guarding.set(guest.slot, PortRules(isRestricted: true, profile: 7, resolverPort: 15_400))
        try World.nft("insert", "rule", "inet", "procurator", "input", "tcp", "dport", "15400", "counter")
        #expect(try refused(53, 41003))
        #expect(try !refused(15_401, 41004))
        let udp = Frames.udp(to: guest.gatewayMAC, from: guest.mac, guest.address, 0x0808_0808, ports: (40000, 53))
        #expect(try !world.crosses(udp, from: guest, to: world.outside) { $0.ipv4?.transport == 17 })
      }
    }

    // MARK: Speed

    @Test func aGuestSendsNoFasterThanItMay() throws {
      try RoutedTests.inWorld([RoutedTests.network()]) { world in
        let a = try world.guest(2)
        let b = try world.guest(3)
        try world.guarding.set(a.slot, PortRules(sendRate: 10_000))
        let frame = Frames.udp(
          to: b.mac, from: a.mac, a.address, b.address, ports: (7, 7), [UInt8](repeating: 1, count: 1400))
        var arrived = 0
        for _ in 0..<200 {
          try a.cable.send(frame)
          while let next = try b.cable.receive(milliseconds: 0) { arrived += next.isSame(as: frame) ? 1 : 0 }
        }
        // One second's worth and a burst of 64 KiB pass at once: 53 of them; more only if the test was slow.
        #expect(arrived >= 40 && arrived < 150, "\(arrived) of 200 have arrived")
        #expect(try world.dropped("over_rate") == UInt64(200 - arrived))
        try world.guarding.set(a.slot, PortRules(sendRate: 20_000))
        #expect(try Guard(world.layout).rules(a.slot).sendRate == 20_000)
        try world.guarding.set(a.slot, PortRules())
        #expect(try world.crosses(frame, from: a, to: b.cable))
      }
    }

    // MARK: Forwards

    @Test func aForwardLeadsToItsGuestUntilItIsClosed() throws {
      try RoutedTests.inWorld([RoutedTests.network()]) { world in
        let guest = try world.guest(2)
        // A guest that reaches nothing can be reached: that is said on its own.
        let rules = PortRules(isRestricted: true, forwards: [Self.forward(8080, 80), Self.forward(5353, 53, .udp)])
        try world.guarding.set(guest.slot, rules)
        try world.send(tcp: (50000, 8080), to: World.host)
        try world.fenceOutside()
        #expect(try world.reached(guest.cable) { Self.isTCP($0, from: World.outside, to: 80) })
        let answer = Frames.tcp(
          to: guest.gatewayMAC, from: guest.mac, guest.address, World.outside, ports: (80, 50000), flags: 0x12,
          acknowledged: 2)
        #expect(
          try world.crosses(answer, from: guest, to: world.outside) { frame in
            Self.isTCP(frame, from: World.host, to: 50000) && frame.ipv4?.ports.0 == 8080
          })
        try world.outside.send(
          Frames.udp(to: World.hostMAC, from: World.outsideMAC, World.outside, World.host, ports: (50000, 5353)))
        try world.fenceOutside()
        #expect(try world.reached(guest.cable) { $0.ipv4.map { $0.transport == 17 && $0.ports.1 == 53 } ?? false })
        try world.guarding.set(guest.slot, PortRules(isRestricted: true))
        try world.send(tcp: (50000, 8080), to: World.host, flags: 0x10)
        try world.fenceOutside()
        #expect(try !world.reached(guest.cable) { Self.isTCP($0, to: 80) }, "an open connection goes on")
        try world.send(tcp: (50001, 8080), to: World.host)
        try world.fenceOutside()
        #expect(try !world.reached(guest.cable) { Self.isTCP($0, to: 80) })
      }
    }

    @Test func aNeighbourReachesAForwardByTheHostsAddress() throws {
      try RoutedTests.inWorld([RoutedTests.network()]) { world in
        let server = try world.guest(2)
        let client = try world.guest(3)
        try world.guarding.set(server.slot, PortRules(forwards: [Self.forward(8080, 80)]))
        let syn = Frames.tcp(
          to: client.gatewayMAC, from: client.mac, client.address, World.host, ports: (40000, 8080))
        // From the gateway's address, so that the answer comes back this way.
        #expect(
          try world.crosses(syn, from: client, to: server.cable) { Self.isTCP($0, from: server.gateway, to: 80) })
        let answer = Frames.tcp(
          to: server.gatewayMAC, from: server.mac, server.address, server.gateway, ports: (80, 40000), flags: 0x12,
          acknowledged: 2)
        #expect(
          try world.crosses(answer, from: server, to: client.cable) { Self.isTCP($0, from: World.host, to: 40000) })
        // The gateway's address is none of the host's here.
        let gateway = Frames.tcp(
          to: client.gatewayMAC, from: client.mac, client.address, client.gateway, ports: (40002, 8080))
        #expect(try !world.crosses(gateway, from: client, to: server.cable) { Self.isTCP($0, to: 80) })
        try world.guarding.set(client.slot, PortRules(isRestricted: true))
        let again = Frames.tcp(
          to: client.gatewayMAC, from: client.mac, client.address, World.host, ports: (40001, 8080))
        #expect(try !world.crosses(again, from: client, to: server.cable) { Self.isTCP($0, to: 80) })
      }
    }

    @Test func aGuestReachesItsOwnForwardByTheHostsAddress() throws {
      try RoutedTests.inWorld([RoutedTests.network()]) { world in
        let guest = try world.guest(2)
        try world.guarding.set(guest.slot, PortRules(forwards: [Self.forward(8080, 80)]))
        try guest.cable.send(
          Frames.tcp(to: guest.gatewayMAC, from: guest.mac, guest.address, World.host, ports: (40000, 8080)))
        // With its own address as the sender it would answer itself.
        #expect(try world.fence(guest).contains { Self.isTCP($0, from: guest.gateway, to: 80) })
        try guest.cable.send(
          Frames.tcp(
            to: guest.gatewayMAC, from: guest.mac, guest.address, guest.gateway, ports: (80, 40000), flags: 0x12,
            acknowledged: 2))
        #expect(try world.fence(guest).contains { Self.isTCP($0, from: World.host, to: 40000) })
        // Nobody else's name gets that way.
        try guest.cable.send(
          Frames.tcp(to: guest.gatewayMAC, from: guest.mac, guest.address + 1, World.host, ports: (40001, 8080)))
        #expect(try !world.fence(guest).contains { Self.isTCP($0, to: 80) })
      }
    }
  }
}
