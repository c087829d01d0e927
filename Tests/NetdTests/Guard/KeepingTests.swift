import Failure
import IPC
import Linux
import Testing

@testable import NetworkPlan
@testable import netd

extension RealNetd {
  /// The ruleset in the kernel: kept, read back, replaced, found missing, restored.
  @Suite struct GuardKeepingTests {
    private static var everything: PortRules {
      var range = Policy.Range()
      range.address = 0xc000_0200
      range.prefix = 24
      range.transport = .tcp
      (range.first, range.last) = (80, 90)
      var rules = PortRules(
        isRestricted: true, ranges: [range], profile: 0xfeed, resolverPort: 15_500, sendRate: 1_000_000)
      for port: UInt16 in 1...64 {
        rules.forwards.insert(Forwarding(HostPort(transport: port % 2 == 0 ? .tcp : .udp, number: 8000 + port), port))
      }
      return rules
    }

    private static func inGuard(_ networks: [Network], _ body: @escaping @Sendable (Layout, Guard) throws -> Void)
      throws
    {
      try Rig.inNamespace {
        let layout = Layout(networks)
        let guarding = try Guard(layout)
        try body(layout, guarding)
        try guarding.remove()
        #expect(try guarding.dropped().isEmpty)
      }
    }

    /// Every shard of a few networks of all kinds.
    private static var networks: [Network] {
      var trunked = Network(name: "trunk", base: 0x0a65_0000, prefix: 24, shards: 1, bridge: "br-t", tapPrefix: "t.-_x")
      trunked.uplink = "eth9"
      var outer = Network(name: "outer", base: 0x0a66_0000, prefix: 24, shards: 1, bridge: "br-o", tapPrefix: "0out")
      outer.mode = .external
      outer.overlay = Network.Overlay(vni: 42, local: 1, peers: [2], port: 4789)
      return [RoutedTests.network(isDual: true), RoutedTests.lab, trunked, outer]
    }

    private static func cover(_ layout: Layout, _ guarding: Guard) throws {
      for (network, own) in layout.networks.enumerated() {
        for shard in 0..<own.shards { try guarding.cover(network: network, shard: shard) }
      }
    }

    @Test func theKernelHoldsJustWhatTheFunctionsSay() throws {
      try Self.inGuard(Self.networks) { (layout, guarding) throws in
        try Self.cover(layout, guarding)
        try guarding.set(Slot(index: 5), Self.everything)
        let external = layout.slots(network: 3).lowerBound
        try guarding.set(Slot(index: external), Self.everything)
        var expected = layout.elements(Slot(index: 5), Self.everything)
        expected.formUnion(layout.elements(Slot(index: external), Self.everything))
        for index in 0..<layout.count { expected.formUnion(layout.elements(Slot(index: index))) }
        for (network, own) in layout.networks.enumerated() {
          for shard in 0..<own.shards { expected.formUnion(layout.elements(network: network, shard: shard)) }
        }
        let nftables = try Nftables()
        for set in ElementSet.allCases {
          let listing = try nftables.run(
            "list \(set.isMap ? "map" : "set") \(set.table) \(set.rawValue)", operation: "list")
          let found = try #require(Listing.elements(listing, of: set), "\(set) cannot be read")
          #expect(Set(found) == expected.filter { $0.set == set }, "\(set)")
        }
      }
    }

    @Test func aRestartKeepsAndKnowsEverything() throws {
      try Self.inGuard(Self.networks) { (layout, guarding) throws in
        try Self.cover(layout, guarding)
        try guarding.set(Slot(index: 5), Self.everything)
        try guarding.set(Slot(index: 6), PortRules(sendRate: 5))
        try guarding.close(Slot(index: 7))
        let before = try Self.ruleset()
        let again = try Guard(layout)
        try Self.cover(layout, again)
        #expect(again.rules(Slot(index: 5)) == Self.everything)
        #expect(again.rules(Slot(index: 6)) == PortRules(sendRate: 5))
        #expect(again.rules(Slot(index: 7)) == PortRules(isRestricted: true))
        #expect(Set(again.slots) == [Slot(index: 5), Slot(index: 6), Slot(index: 7)])
        #expect(again.forwards.count == 64)
        try again.set(Slot(index: 5), Self.everything)
        #expect(try Self.sorted(Self.ruleset()) == Self.sorted(before))
        for index in 5...7 { try again.set(Slot(index: index), PortRules()) }
        let listing = try Self.ruleset()
        for word in ["ranges-", "profile-", "names-", "rate-"] { #expect(!listing.contains(word), "\(word) is left") }
      }
    }

    @Test func anotherConfigurationReplacesTheRulesetAndKeepsWhatPortsWereTold() throws {
      try Self.inGuard([RoutedTests.network()]) { (layout, guarding) throws in
        try Self.cover(layout, guarding)
        try guarding.set(Slot(index: 5), Self.everything)
        try World.nft("add", "element", "inet", "procurator", "names-0000feed", "{ 192.0.2.7 }")
        #expect(try Self.ruleset().contains("set masqueraded {\n\t\ttype ipv4_addr\n\t\telements"))
        let other = Layout([RoutedTests.network(.isolated)])
        let again = try Guard(other)
        #expect(again.rules(Slot(index: 5)) == Self.everything)
        let listing = try Self.ruleset()
        #expect(!listing.contains("set masqueraded {\n\t\ttype ipv4_addr\n\t\telements"))
        #expect(listing.contains("elements = { 192.0.2.7 }"))
        #expect(try !guarding.isIntact())
        #expect(try again.isIntact())
      }
    }

    @Test func aFlushedRulesetIsNoticedAndRestored() throws {
      try RoutedTests.inWorld([RoutedTests.network()]) { world in
        let a = try world.guest(2)
        let b = try world.guest(3)
        try world.guarding.set(a.slot, Self.everything)
        let before = try Self.ruleset()
        let forged = Frames.udp(to: b.mac, from: a.mac, 0x0808_0808, b.address, ports: (7, 7))
        #expect(try world.guarding.isIntact())
        try World.nft("flush", "ruleset")
        #expect(try !world.guarding.isIntact())
        #expect(try world.crosses(forged, from: a, to: b.cable), "without rules everything passes")
        try world.guarding.load()
        #expect(try world.guarding.isIntact())
        #expect(try Self.sorted(Self.ruleset()) == Self.sorted(before))
        #expect(try !world.crosses(forged, from: a, to: b.cable))
        try World.nft("delete", "table", "inet", "procurator")
        #expect(try !world.guarding.isIntact())
        // The next change brings it back too.
        try world.guarding.close(b.slot)
        #expect(try world.guarding.isIntact())
        #expect(try Guard(world.layout).rules(a.slot) == Self.everything)
      }
    }

    @Test func whatSomebodyElseChangedIsPutRight() throws {
      try Self.inGuard([RoutedTests.network()]) { (layout, guarding) throws in
        try Self.cover(layout, guarding)
        try guarding.set(Slot(index: 5), Self.everything)
        let before = try Self.ruleset()
        try World.nft("delete", "element", "inet", "procurator", "policed", "{ 10.100.0.7 }")
        let again = try Guard(layout)
        try Self.cover(layout, again)
        #expect(again.rules(Slot(index: 5)) == Self.everything)
        #expect(try Self.sorted(Self.ruleset()) == Self.sorted(before))
        #expect(try guarding.isIntact() && again.isIntact())
        try World.nft("flush", "map", "inet", "procurator", "forwards")
        try guarding.set(Slot(index: 5), PortRules())
        try guarding.set(Slot(index: 5), Self.everything)
        #expect(try Self.sorted(Self.ruleset()) == Self.sorted(before))
      }
    }

    @Test func aRefusedChangeChangesNothing() throws {
      try Self.inGuard([RoutedTests.network()]) { (layout, guarding) throws in
        try Self.cover(layout, guarding)
        let taken = PortRules(forwards: [Forwarding(HostPort(transport: .tcp, number: 8080), 80)])
        try guarding.set(Slot(index: 5), taken)
        let before = try Self.ruleset()
        #expect(throws: Failure.self) { try guarding.set(Slot(index: 6), taken) }
        #expect(guarding.rules(Slot(index: 6)) == PortRules())
        #expect(try Self.sorted(Self.ruleset()) == Self.sorted(before))
      }
    }

    /// What a look at everything costs where each of a thousand ports of four shards has rules.
    @Test func aThousandPortsAreComparedInAMoment() throws {
      let network = Network(name: "default", base: 0x0a64_0000, prefix: 16, shards: 4)
      try Self.inGuard([network]) { (layout, guarding) throws in
        try Self.cover(layout, guarding)
        let range = Policy.Range(address: 0xc000_0200, prefix: 24, transport: .tcp, ports: 80...90)
        for index in 0..<1000 {
          let forward = Forwarding(HostPort(transport: .tcp, number: UInt16(20_000 + index)), 22)
          var rules = PortRules(isRestricted: true, forwards: [forward])
          if index < 32 { (rules.ranges, rules.sendRate) = ([range], 1_000_000) }
          try guarding.set(Slot(index: index), rules)
        }
        #expect(try guarding.differences(isThorough: true).isEmpty)
        let start = Clock.microseconds()
        for _ in 0..<10 { #expect(try guarding.differences(isThorough: true).isEmpty) }
        let whole = (Clock.microseconds() - start) / 10
        let quick = Clock.microseconds()
        for _ in 0..<1000 { #expect(try guarding.differences().isEmpty) }
        let glance = Clock.microseconds() - quick
        print("guard of 1,000 ports: compared in \(whole) µs, a look whether anything was changed \(glance) ns")
        try World.nft("add", "element", "bridge", "procurator", "sources", "{ pcr3-200 . 8.8.8.8 }")
        #expect(try guarding.differences() == ["bridge procurator: sources had 1013 elements, not 1012"])
      }
    }

    /// All of it but what packets have counted.
    private static func ruleset() throws -> String {
      let nftables = try Nftables()
      return try nftables.run("list ruleset", operation: "list").split(separator: "\n")
        .filter { !$0.contains("packets") }.joined(separator: "\n")
    }

    /// The kernel lists elements in any order.
    private static func sorted(_ listing: String) -> [String] {
      listing.split { $0 == "\n" || $0 == "," }.map { line in
        String(line.drop { $0 == "\t" || $0 == " " }.split(separator: "elements = { ").last ?? "")
          .split(separator: " }").first.map(String.init) ?? ""
      }.sorted()
    }
  }
}

extension Guard {
  /// Whether the tables in the kernel are what this guard has made them.
  func isIntact() throws -> Bool { try compare().isEmpty }
}
