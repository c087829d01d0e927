import Foundation
import Glibc
import IPC
import IPCPeer
import Linux
import Netlink
import Synchronization
import Testing

@testable import NetworkPlan
@testable import netd

extension RealNetd {
  /// Whoever changes what belongs to netd finds it as it was, is told of, and has opened nothing.
  @Suite(.serialized) struct TamperTests {
    private static let network = "[Network default]\nShards=2\nPeers=isolated\n"
    private static let slowest = Mutex<Int64>(0)

    @Test(arguments: Tampering.ofRules + Tampering.ofInterfaces)
    func isMendedAndTold(_ tampering: Tampering) throws {
      try Self.inHost { (rig, port) throws in
        let (layout, slot) = (port.layout, port.slot)
        var session = try Session(rig)
        func state() throws -> PromisedState { try PromisedState(port.tap, layout, slot) }
        // Until netd has nothing left to do about what was asked of it.
        var before = try state()
        try wait("netd has settled") {
          let (last, now) = (before, try state())
          before = now
          return last == now && now.isLocated && now.tap?.hasCarrier == true && now.uplinks == [true]
        }
        let known = try session.connection.call(Notifications()).body.last
        let start = Clock.now()
        try tampering.run(port.tap, profile: port.profile)
        try wait("it is as it was") {
          try state() == before && session.connection.call(Notifications()).body.last > known
        }
        let took = Clock.now() - start
        Self.slowest.withLock { $0 = max($0, took) }
        print(
          "tampering: \(tampering.name): whole after \(took) ms, the slowest so far \(Self.slowest.withLock { $0 }) ms")
        // One sentence about it, and it is not said again.
        let told = try session.connection.call(Notifications(after: known)).body.entries
        #expect(!told.isEmpty && told.allSatisfy { !$0.interface.isEmpty && !$0.detail.isEmpty })
        let guarding = told.filter { $0.interface == "nftables" }
        #expect(guarding.count == (tampering.words.first == "/usr/sbin/nft" ? 1 : 0), "\(told)")
        #expect(try session.audit().findings.isEmpty)
        #expect(try session.connection.call(Notifications()).body.last == told.last?.number, "it is told again")
        try Self.expectSpoofsAreDropped(port)
      }
    }

    /// A port with everything that a policy can say.
    struct GuardedPort {
      let tap: String
      let slot: Slot
      let layout: Layout
      let profile: String
      let cable: Cable
      let neighbour: Cable
    }

    private static func inHost(_ body: @escaping @Sendable (Rig, GuardedPort) throws -> Void) throws {
      try Rig.inNamespace {
        let up = try TapDevice.open("up0")
        try World.ip("link", "set", "lo", "up")
        try World.ip("link", "set", "up0", "up")
        try World.ip("address", "add", "192.0.2.1/24", "dev", "up0")
        try World.ip("route", "add", "default", "via", "192.0.2.2")
        try Rig.here(netd: Rig.defaults + "FixedForwardPorts=8080\n", networks: Self.network, taps: 1) { rig in
          var session = try Session(rig)
          let (vm, other) = (someVM(), someVM())
          do {
            let port = try session.attach(vm, address: 0x0a64_0002, keep: true)
            let neighbour = try session.attach(other, address: 0x0a64_0003, keep: true)
            let range = Policy.Range(address: 0xc000_0200, prefix: 24, transport: .tcp, ports: 80...90)
            _ = try session.connection.call(
              Policy(
                vm: vm, nic: 0, isRestricted: true, list: 7, ranges: [range], sendRate: 1_000_000,
                receiveRate: 2_000_000))
            _ = try session.connection.call(Policy(vm: other, nic: 0, isRestricted: false))
            _ = try session.connection.call(
              Forward(vm: vm, nic: 0, transport: .tcp, guestPort: 80, hostPort: 8080))
            let layout = Layout([layoutNetwork])
            let slot = try #require(layout.slot(tap: port.reply.port.tap))
            let chains = Listing.chains(try Nftables().structure(Ruleset.inet, operation: "list"))
            let profile = try #require(chains.keys.first { $0.hasPrefix("profile-") })
            let (tap, far) = (port.reply.port.tap, neighbour.reply.port.tap)
            let guarded = GuardedPort(
              tap: tap, slot: slot, layout: layout, profile: profile, cable: Cable(tap, port.release()),
              neighbour: Cable(far, neighbour.release()))
            try body(rig, guarded)
          }
          // netd may have been started again meanwhile.
          var last = try Session(rig)
          _ = try last.forget(vm)
          _ = try last.forget(other)
        }
        _ = consume up
      }
    }

    private static var layoutNetwork: Network {
      var network = Network(name: "default", base: 0x0a64_0000, prefix: 16, shards: 2)
      network.arePeersAllowed = false
      return network
    }

    /// Frames with foreign addresses, and to an isolated neighbour, get nowhere.
    private static func expectSpoofsAreDropped(_ port: GuardedPort) throws {
      let (layout, slot) = (port.layout, port.slot)
      let mac = layout.mac(slot)
      let (own, gateway) = (layout.address(slot), layout.gateway(network: 0, shard: 0))
      let gatewayMAC = layout.gatewayMAC(network: 0, shard: 0)
      let peer: UInt64 = 0x0250_0a64_0003
      let forged = [
        Frames.udp(to: peer, from: mac, 0x0808_0808, 0x0a64_0003, ports: (7, 7)),
        Frames.udp(to: peer, from: mac + 9, own, 0x0a64_0003, ports: (7, 7)),
        Frames.udp(to: peer, from: mac, own, 0x0a64_0003, ports: (7, 7)),
        Frames.arp(2, to: peer, from: mac, sender: gateway, target: 0x0a64_0003),
        Frames.udp(to: gatewayMAC, from: mac, 0x0808_0808, gateway, ports: (7, 53)),
      ]
      for frame in forged { try port.cable.send(frame) }
      var sequence: UInt16 = 0
      // The test is no guest that answers when the host asks for its address.
      try World.neighbour(own, mac, "br-procurator")
      try wait("the gateway answers") {
        sequence += 1
        try port.cable.send(Frames.echo(to: gatewayMAC, from: mac, own, gateway, sequence: sequence))
        return try port.cable.frames(until: { $0.ipv4?.transport == 1 }, seconds: 1) != nil
      }
      var arrived: [EthernetFrame] = []
      while let frame = try port.neighbour.receive(milliseconds: 0) { arrived.append(frame) }
      #expect(!arrived.contains { frame in forged.contains { frame.isSame(as: $0) } }, "\(arrived)")
    }

    @Test func whatOthersDoToTheirTablesCostsNothing() throws {
      try Self.inHost { (rig, port) throws in
        var session = try Session(rig)
        let known = try session.connection.call(Notifications()).body.last
        let before = try session.connection.call(Counters()).body.dropped.map(\.rule)
        for round in 0..<50 {
          try World.nft(
            "add table ip somebody\(round); add chain ip somebody\(round) x { type filter hook input priority 0; }")
          try World.nft(
            "add element inet procurator \(port.profile.replacing("profile", with: "names")) { 192.0.2.\(round + 1) }")
          try World.nft("delete table ip somebody\(round)")
        }
        #expect(try session.audit().findings.isEmpty)
        let after = try session.connection.call(Notifications()).body
        #expect(after.last == known, "\(after.entries)")
        #expect(try session.connection.call(Counters()).body.dropped.map(\.rule) == before)
      }
    }

    @Test func aGuardChangedWhileNetdWasAwayIsLoadedAndTold() throws {
      try Self.inHost { (rig, port) throws in
        try rig.end(by: SIGKILL)
        try World.nft("flush table bridge procurator; flush table inet procurator")
        try rig.start()
        try rig.expect("READY=1")
        var session = try Session(rig)
        try wait("it is told") {
          try session.connection.call(Notifications()).body.entries.contains { $0.interface == "nftables" }
        }
        try Self.expectSpoofsAreDropped(port)
        // Nobody has changed anything: nothing is told.
        try rig.restart()
        var again = try Session(rig)
        #expect(try again.audit().findings.isEmpty)
        let notifications = try again.connection.call(Notifications()).body
        #expect(notifications.entries.isEmpty, "\(notifications.entries)")
      }
    }

    @Test func aRemovedBridgeIsMadeAgainAndTold() throws {
      try Self.inHost { (rig, port) throws in
        var session = try Session(rig)
        let known = try session.connection.call(Notifications()).body.last
        let start = Clock.now()
        try World.ip("link", "del", "br-procurator")
        try wait("it is as it was") {
          let state = try PromisedState(port.tap, port.layout, port.slot)
          return state.bridge?.isUp == true && state.tap?.master == state.bridge?.index && state.isLocated
            && state.hasAddress && state.subnets == 1 && state.tap?.hasCarrier == true && state.uplinks == [true]
        }
        print("tampering: delete a bridge: whole after \(Clock.now() - start) ms")
        try wait("it is told") {
          try session.connection.call(Notifications(after: known)).body.entries.contains {
            $0.interface == "br-procurator" && $0.detail.contains("it was gone; netd has put it right")
          }
        }
        #expect(try session.audit().findings.isEmpty)
        try Self.expectSpoofsAreDropped(port)
      }
    }

    @Test func whatARemovedTapCutOffStaysInTheAudit() throws {
      try Self.inHost { (rig, port) throws in
        var session = try Session(rig)
        try World.ip("link", "del", port.tap)
        try wait("it is missed") { try session.audit().findings.map(\.kind) == [.missing] }
        // Longer than the grace period, after which nobody holds the port.
        try wait("the port is idle") { try session.audit().kept > 0 }
        let finding = try #require(try session.audit().findings.first)
        #expect(finding.kind == .missing && finding.interface == port.tap && !finding.detail.isEmpty)
        #expect(
          try session.connection.call(Notifications()).body.entries.contains {
            $0.interface == port.tap && $0.vm == finding.vm
          })
      }
    }
  }
}
