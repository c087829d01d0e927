import Linux
import Testing

@testable import NetworkPlan
@testable import netd

extension RealNetd {
  /// What a guest may put on the wire: only what it is.
  @Suite struct SpoofTests {
    static var plain: Network { Network(name: "default", base: 0x0a64_0000, prefix: 16, shards: 2) }
    static var dual: Network {
      var network = plain
      network.prefix6 = 0xfd50_6372_0a64_0000
      return network
    }

    private static func inWorld(
      _ networks: [Network] = [plain], _ body: @escaping @Sendable (World, World.Guest, World.Guest) throws -> Void
    ) throws {
      try Rig.inNamespace {
        let world = try World(networks)
        try body(world, try world.guest(2), try world.guest(3))
        try world.guarding.remove()
      }
    }

    @Test func aGuestSendsWithItsOwnAddressesOnly() throws {
      try Self.inWorld { (world, a, b) throws in
        let own = Frames.udp(to: b.mac, from: a.mac, a.address, b.address, ports: (7, 7))
        #expect(try world.crosses(own, from: a, to: b.cable))
        let mac = Frames.udp(to: b.mac, from: b.mac + 9, a.address, b.address, ports: (7, 7))
        #expect(try !world.crosses(mac, from: a, to: b.cable))
        #expect(try world.dropped("spoofed_mac") == 1)
        for address in [b.address, a.gateway, a.address + 9, 0x0808_0808, 0] {
          let forged = Frames.udp(to: b.mac, from: a.mac, address, b.address, ports: (7, 7))
          #expect(try !world.crosses(forged, from: a, to: b.cable), "as \(IPv4.text(address))")
        }
        #expect(try world.dropped("spoofed_ipv4") == 5)
        // Short of an IP header.
        let stump = Array(Frames.ethernet(to: b.mac, from: a.mac, type: 0x0800, []).prefix(20))
        #expect(try !world.crosses(stump, from: a, to: b.cable))
      }
    }

    /// The bridge hands such frames to the host with the port as their way in, past its own hooks.
    @Test func framesToTheBridgeItselfDoNotReachTheHost() throws {
      try Self.inWorld { (world, a, b) throws in
        for last in [0x03, 0x0e] as [UInt64] {
          let frame = Frames.udp(
            to: 0x0180_c200_0000 | last, from: b.mac + 9, b.address, World.host, ports: (4789, 4789))
          try a.cable.send(frame)
          try world.fence(a)
        }
        #expect(try world.dropped("past_bridge") == 2)
      }
    }

    @Test func aGuestClaimsItsOwnAddressOnly() throws {
      try Self.inWorld { (world, a, b) throws in
        let ask = Frames.arp(1, from: a.mac, sender: a.address, target: b.address)
        #expect(try world.crosses(ask, from: a, to: b.cable))
        let announce = Frames.arp(1, from: a.mac, sender: a.address, target: a.address)
        #expect(try world.crosses(announce, from: a, to: b.cable))
        let probe = Frames.arp(1, from: a.mac, sender: 0, target: a.address)
        #expect(try world.crosses(probe, from: a, to: b.cable))
        let forged = [
          Frames.arp(1, from: a.mac, sender: a.gateway, target: b.address),
          Frames.arp(2, to: b.mac, from: a.mac, sender: a.gateway, target: b.address),
          Frames.arp(2, to: b.mac, from: a.mac, sender: b.address + 1, target: b.address),
          Frames.arp(2, to: b.mac, from: a.mac, senderMAC: a.mac + 1, sender: a.address, target: b.address),
          Frames.arp(1, from: a.mac, sender: 0, target: b.address),
          Frames.arp(2, from: a.mac, sender: 0, target: a.address),
          Frames.arp(1, from: a.mac, sender: a.address, target: b.address, hardware: 6),
        ]
        for frame in forged { #expect(try !world.crosses(frame, from: a, to: b.cable), "\(frame)") }
        #expect(try world.dropped("spoofed_arp") == UInt64(forged.count))
        let other = [
          Frames.ethernet(to: b.mac, from: a.mac, type: 0x8100, [0, 5, 0x08, 0] + [UInt8](repeating: 1, count: 60)),
          Frames.ethernet(to: b.mac, from: a.mac, type: 0x88cc, [1, 2, 3]),
          Frames.ethernet(to: 0x0180_c200_0000, from: a.mac, type: 38, [0x42, 0x42, 3, 0, 0]),
        ]
        for frame in other { #expect(try !world.crosses(frame, from: a, to: b.cable), "\(frame)") }
        #expect(try world.dropped("other_protocol") == UInt64(other.count))
      }
    }

    @Test func aTaggedFrameOfTheRightSenderDoesNotPassEither() throws {
      try Self.inWorld { (world, a, b) throws in
        let frame = Frames.udp(to: b.mac, from: a.mac, a.address, b.address, ports: (7, 7))
        for tag: [UInt8] in [[0x81, 0, 0, 0], [0x81, 0, 0, 5], [0x88, 0xa8, 0, 5]] {
          let tagged = Array(frame[..<12]) + tag + Array(frame[12...])
          #expect(try !world.crosses(tagged, from: a, to: b.cable) { $0.source == a.mac }, "\(tag)")
        }
        #expect(try world.dropped("other_protocol") == 3)
      }
    }

    @Test func aGuestIsNoDHCPServer() throws {
      try Self.inWorld { (world, a, b) throws in
        let discover = Frames.dhcp(1, of: a.mac)
        let ask = Frames.udp(to: Frames.broadcast, from: a.mac, 0, .max, ports: (68, 67), discover)
        #expect(try world.crosses(ask, from: a, to: b.cable))
        let offers: [(UInt16, UInt16)] = [(67, 68), (67, 9), (1234, 68)]
        for ports in offers {
          let offer = Frames.udp(to: Frames.broadcast, from: a.mac, a.address, .max, ports: ports)
          #expect(try !world.crosses(offer, from: a, to: b.cable), "\(ports)")
        }
        #expect(try world.dropped("rogue_dhcp") == 3)
        // Without an address it may ask for one, and nothing else.
        let other = Frames.udp(to: Frames.broadcast, from: a.mac, 0, .max, ports: (68, 69))
        #expect(try !world.crosses(other, from: a, to: b.cable))
      }
    }

    /// A server gives nobody an address that somebody has declined in its name.
    @Test func aGuestSpeaksToDHCPServersInItsOwnNameOnly() throws {
      try Self.inWorld { (world, a, b) throws in
        for type: UInt8 in [1, 3, 4, 7] {
          let own = Frames.udp(
            to: Frames.broadcast, from: a.mac, 0, .max, ports: (68, 67), Frames.dhcp(type, of: a.mac))
          #expect(try world.crosses(own, from: a, to: b.cable), "\(type)")
          let renewal = Frames.udp(
            to: b.mac, from: a.mac, a.address, b.address, ports: (68, 67), Frames.dhcp(type, of: a.mac))
          #expect(try world.crosses(renewal, from: a, to: b.cable), "\(type)")
        }
        var forged = [
          Frames.dhcp(4, of: b.mac, hardware: 1), Frames.dhcp(4, of: a.mac, hardware: 6),
          Frames.dhcp(4, of: a.mac, length: 16), Frames.dhcp(4, of: 0),
        ]
        for type: UInt8 in [1, 3, 7, 8] { forged.append(Frames.dhcp(type, of: b.mac)) }
        // Too short to say who it is about.
        forged.append(Array(Frames.dhcp(4, of: a.mac).prefix(33)))
        for message in forged {
          for (source, target, ports) in [
            (0, UInt32.max, (68, 67)), (a.address, .max, (68, 67)), (a.address, a.gateway, (68, 67)),
            (a.address, b.address, (1024, 67)),
          ] as [(UInt32, UInt32, (UInt16, UInt16))] {
            let frame = Frames.udp(to: Frames.broadcast, from: a.mac, source, target, ports: ports, message)
            #expect(try !world.crosses(frame, from: a, to: b.cable), "\(message.prefix(34)) \(ports)")
          }
        }
        #expect(try world.dropped("spoofed_dhcp") == UInt64(4 * forged.count))
        // In pieces: the first one ends before the address, so that a later one could say it.
        let whole = Frames.udp(
          to: Frames.broadcast, from: a.mac, a.address, .max, ports: (68, 67), Frames.dhcp(4, of: b.mac))
        let payload = Array(whole[34...])
        for (part, flags) in [(payload[..<32], UInt16(0x2000)), (payload[32...], UInt16(4))] {
          let frame = Frames.fragment(
            to: Frames.broadcast, from: a.mac, a.address, .max, transport: 17, flags, Array(part))
          let arrives = try world.crosses(frame, from: a, to: b.cable)
          #expect(flags == 4 || !arrives)
        }
        #expect(try world.dropped("spoofed_dhcp") == UInt64(4 * forged.count + 1))
      }
    }

    @Test func withoutIPv6NothingOfItPasses() throws {
      try Self.inWorld { (world, a, b) throws in
        let target = IPv6Address(high: 0xfe80 << 48, low: b.linkLocal.low)
        let frame = Frames.udp6(to: b.mac, from: a.mac, a.linkLocal, target, ports: (7, 7))
        #expect(try !world.crosses(frame, from: a, to: b.cable))
        #expect(try world.dropped("spoofed_ipv6") == 1)
      }
    }

    @Test func withIPv6AGuestIsNeitherRouterNorSomebodyElse() throws {
      try Self.inWorld([Self.dual]) { (world, a, b) throws in
        let own = try #require(a.address6)
        let peer = try #require(b.address6)
        let gateway = IPv6Address(high: own.high, low: 1)
        for source in [own, a.linkLocal] {
          let frame = Frames.udp6(to: b.mac, from: a.mac, source, peer, ports: (7, 7))
          #expect(try world.crosses(frame, from: a, to: b.cable))
          for type: UInt8 in [135, 136] {
            let told = Frames.neighbour(type, to: b.mac, from: a.mac, source, peer, about: type == 135 ? peer : own)
            #expect(try world.crosses(told, from: a, to: b.cable))
          }
        }
        let duplicate = Frames.neighbour(
          135, to: Frames.allNodesMAC, from: a.mac, Frames.unspecified, Frames.allNodes, about: own)
        #expect(try world.crosses(duplicate, from: a, to: b.cable))
        let forged = [
          Frames.udp6(to: b.mac, from: a.mac, peer, peer, ports: (7, 7)),
          Frames.udp6(to: b.mac, from: a.mac, gateway, peer, ports: (7, 7)),
          Frames.udp6(to: b.mac, from: a.mac, b.linkLocal, peer, ports: (7, 7)),
          Frames.udp6(to: b.mac, from: a.mac, Frames.unspecified, peer, ports: (7, 7)),
          Frames.neighbour(136, to: b.mac, from: a.mac, own, peer, about: gateway),
          Frames.neighbour(136, to: b.mac, from: a.mac, own, peer, about: IPv6Address(high: own.high, low: 99)),
          Frames.neighbour(
            135, to: Frames.allNodesMAC, from: a.mac, Frames.unspecified, Frames.allNodes, about: peer),
        ]
        for frame in forged { #expect(try !world.crosses(frame, from: a, to: b.cable), "\(frame)") }
        #expect(try world.dropped("spoofed_ipv6") >= UInt64(forged.count))
        try Self.tryToRoute(world, a, b)
      }
    }

    /// Router advertisements, plain and behind extension headers (RFC 7113), redirects, and DHCPv6 offers.
    private static func tryToRoute(_ world: World, _ a: World.Guest, _ b: World.Guest) throws {
      let target = Frames.allNodes
      let message = Frames.message6(a.linkLocal, target, 134, Frames.advertisement)
      let options: [UInt8] = [58, 0, 1, 4, 0, 0, 0, 0]
      func frame(_ next: UInt8, _ payload: [UInt8]) -> [UInt8] {
        Frames.ipv6(to: Frames.allNodesMAC, from: a.mac, a.linkLocal, target, next: next, payload)
      }
      let routers = [
        frame(58, message), frame(60, options + message), frame(0, [60] + options.dropFirst() + options + message),
        // The first of two fragments, whole.
        frame(44, [58, 0, 0, 1, 0, 0, 0, 9] + message),
        Frames.icmp6(
          to: Frames.allNodesMAC, from: a.mac, a.linkLocal, target, type: 137, [UInt8](repeating: 0, count: 36)),
      ]
      for frame in routers { #expect(try !world.crosses(frame, from: a, to: b.cable), "\(frame)") }
      #expect(try world.dropped("rogue_ra") == UInt64(routers.count))
      // A first fragment that ends before the message begins.
      let hidden = frame(44, [60, 0, 0, 1, 0, 0, 0, 9])
      #expect(try !world.crosses(hidden, from: a, to: b.cable))
      let offers: [(UInt16, UInt16)] = [(547, 546), (547, 9), (1234, 546)]
      for ports in offers {
        let offer = Frames.udp6(to: Frames.allNodesMAC, from: a.mac, a.linkLocal, target, ports: ports)
        #expect(try !world.crosses(offer, from: a, to: b.cable), "\(ports)")
      }
      #expect(try world.dropped("rogue_dhcp") == 3)
    }
  }
}
