import Linux
import Testing

@testable import NetworkPlan
@testable import netd

extension RealNetd {
  /// Networks that span hosts, and networks of somebody else. The test holds the uplink.
  @Suite struct TrunkTests {
    private static func inWorld(
      external: Bool, _ body: @escaping @Sendable (World, World.Guest, Cable) throws -> Void
    ) throws {
      var network = Network(name: "default", base: 0x0a64_0000, prefix: 24, shards: 1)
      network.uplink = "trunk0"
      if external { network.mode = .external }
      let wanted = network
      try Rig.inNamespace {
        let trunk = Cable("trunk0", try TapDevice.open("trunk0"))
        let world = try World([wanted])
        try body(world, try world.guest(2), trunk)
        try world.guarding.remove()
      }
    }

    /// Another guest of the network, on another host.
    private static let remoteMAC: UInt64 = 0x0250_0a64_0063
    private static let remote: UInt32 = 0x0a64_0063

    @Test func everyHostHasTheGatewayForItself() throws {
      try Self.inWorld(external: false) { (world, guest, trunk) throws in
        func arrives(_ frame: [UInt8]) throws -> Bool {
          try trunk.send(frame)
          return try world.fence(guest).contains { $0.isSame(as: frame) }
        }
        let hello = Frames.udp(to: guest.mac, from: Self.remoteMAC, Self.remote, guest.address, ports: (7, 7))
        #expect(try arrives(hello))
        let forged = [
          Frames.udp(to: guest.mac, from: guest.gatewayMAC, Self.remote, guest.address, ports: (7, 7)),
          Frames.arp(2, from: Self.remoteMAC, sender: guest.gateway, target: guest.address),
          Frames.arp(1, from: guest.gatewayMAC, sender: guest.gateway, target: guest.address),
          Frames.arp(1, from: Self.remoteMAC, sender: Self.remote, target: guest.gateway),
          Frames.udp(to: Frames.broadcast, from: Self.remoteMAC, Self.remote, .max, ports: (67, 68)),
          Frames.icmp6(
            to: Frames.allNodesMAC, from: Self.remoteMAC, Layout.linkLocal(Self.remoteMAC), Frames.allNodes, type: 134,
            Frames.advertisement),
        ]
        for frame in forged { #expect(try !arrives(frame), "\(frame)") }
        #expect(try world.dropped("anycast_gateway") == 4)
        #expect(try world.dropped("rogue_dhcp") == 1)
        #expect(try world.dropped("rogue_ra") == 1)
        // The other way: guests' frames, but nothing about or of the gateway.
        let ask = Frames.arp(1, from: guest.mac, sender: guest.address, target: guest.gateway)
        #expect(try !world.crosses(ask, from: guest, to: trunk))
        let peer = Frames.arp(1, from: guest.mac, sender: guest.address, target: Self.remote)
        #expect(try world.crosses(peer, from: guest, to: trunk))
        try World.neighbour(Self.remote, Self.remoteMAC, guest.bridge)
        let bent = Frames.echo(to: guest.gatewayMAC, from: guest.mac, guest.address, Self.remote, sequence: 999)
        #expect(try !world.crosses(bent, from: guest, to: trunk) { $0.source == guest.gatewayMAC })
      }
    }

    @Test func anExternalNetworkBringsItsOwnAddressesAndServers() throws {
      try Self.inWorld(external: true) { (world, guest, trunk) throws in
        let other = try world.guest(3)
        /// What has arrived when a frame has that is allowed in any case.
        func crosses(_ frame: [UInt8], from: Cable, _ mac: UInt64, to: Cable) throws -> Bool {
          let fence = Frames.arp(1, from: mac, sender: .random(in: 1 ... .max), target: 5)
          try from.send(frame)
          try from.send(fence)
          let frames = try #require(try to.frames { $0.isSame(as: fence) }, "nothing crosses")
          return frames.contains { $0.isSame(as: frame) }
        }
        let away: UInt32 = 0xc633_6405
        for frame in [
          Frames.udp(to: Frames.broadcast, from: guest.mac, away, 0xc633_64ff, ports: (7, 7)),
          Frames.arp(1, from: guest.mac, sender: away, target: away + 1),
          Frames.udp(
            to: Frames.broadcast, from: guest.mac, 0, .max, ports: (68, 67), Frames.dhcp(1, of: guest.mac)),
          Frames.udp6(
            to: Frames.allNodesMAC, from: guest.mac, IPv6Address(high: 0x2001_0db8 << 32, low: 9), Frames.allNodes,
            ports: (7, 7)),
        ] {
          #expect(try crosses(frame, from: guest.cable, guest.mac, to: trunk), "\(frame)")
          #expect(try other.cable.frames { $0.isSame(as: frame) } != nil)
        }
        for frame in [
          Frames.udp(to: Frames.broadcast, from: guest.mac + 1, away, .max, ports: (7, 7)),
          Frames.arp(1, from: guest.mac, senderMAC: guest.mac + 1, sender: away, target: away + 1),
          Frames.udp(to: Frames.broadcast, from: guest.mac, away, .max, ports: (67, 68)),
          Frames.udp(
            to: Frames.broadcast, from: guest.mac, 0, .max, ports: (68, 67), Frames.dhcp(4, of: guest.mac + 1)),
          Frames.icmp6(
            to: Frames.allNodesMAC, from: guest.mac, guest.linkLocal, Frames.allNodes, type: 134, Frames.advertisement),
          Frames.ethernet(to: Frames.broadcast, from: guest.mac, type: 0x88cc, [1]),
        ] { #expect(try !crosses(frame, from: guest.cable, guest.mac, to: trunk), "\(frame)") }
        let offer = Frames.udp(to: Frames.broadcast, from: Self.remoteMAC, away, .max, ports: (67, 68))
        #expect(try crosses(offer, from: trunk, Self.remoteMAC, to: guest.cable))
        // Not the host, and nothing beyond.
        let bridgeMAC = guest.gatewayMAC
        for target in [World.host, World.outside] {
          let frame = Frames.tcp(to: bridgeMAC, from: guest.mac, away, target, ports: (40000, 22))
          #expect(try !crosses(frame, from: guest.cable, guest.mac, to: trunk))
        }
        #expect(try world.dropped("to_host") >= 1)
        #expect(try !world.reached(world.outside) { $0.ipv4?.transport == 6 })
        try world.guarding.close(guest.slot)
        try guest.cable.send(Frames.arp(1, from: guest.mac, sender: away, target: away + 7))
        #expect(try crosses(offer, from: trunk, Self.remoteMAC, to: other.cable))
        #expect(try !world.reached(trunk) { $0.source == guest.mac && $0.arp?.target == away + 7 })
      }
    }
  }
}
