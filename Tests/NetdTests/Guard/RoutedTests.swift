import IPC
import Linux
import Testing

@testable import NetworkPlan
@testable import netd

extension RealNetd {
  /// What passes through the host: between guests, and to and from the world outside.
  @Suite struct RoutedTests {
    static func network(_ mode: Network.Mode = .nat, peers: Bool = true, isDual: Bool = false) -> Network {
      var network = Network(name: "default", base: 0x0a64_0000, prefix: 16, shards: 2)
      network.mode = mode
      network.arePeersAllowed = peers
      if isDual { network.prefix6 = 0xfd50_6372_0a64_0000 }
      return network
    }

    static var lab: Network {
      Network(name: "lab", base: 0xc0a8_0400, prefix: 24, shards: 1, bridge: "br-lab", tapPrefix: "lab")
    }

    static func inWorld(_ networks: [Network], _ body: @escaping @Sendable (World) throws -> Void) throws {
      try Rig.inNamespace {
        let world = try World(networks)
        try body(world)
        try world.guarding.remove()
      }
    }

    /// A connection attempt of a guest by its gateway.
    private static func syn(_ guest: World.Guest, to address: UInt32, _ ports: (UInt16, UInt16)) -> [UInt8] {
      Frames.tcp(to: guest.gatewayMAC, from: guest.mac, guest.address, address, ports: ports)
    }

    private static func isTCP(_ frame: EthernetFrame, from: UInt32? = nil, to port: UInt16) -> Bool {
      guard let packet = frame.ipv4, packet.transport == 6 else { return false }
      return packet.ports.1 == port && (from == nil || packet.source == from)
    }

    // MARK: Outside

    @Test func aNATNetworkLeavesWithTheHostsAddressAndIsNotEntered() throws {
      try Self.inWorld([Self.network()]) { world in
        let guest = try world.guest(2)
        let syn = Self.syn(guest, to: World.outside, (40000, 80))
        #expect(try world.crosses(syn, from: guest, to: world.outside) { Self.isTCP($0, from: World.host, to: 80) })
        // The answer finds its way back.
        try world.outside.send(
          Frames.tcp(
            to: World.hostMAC, from: World.outsideMAC, World.outside, World.host, ports: (80, 40000), flags: 0x12,
            acknowledged: 2))
        try world.fenceOutside()
        #expect(try world.reached(guest.cable) { Self.isTCP($0, from: World.outside, to: 40000) })
        try world.send(tcp: (50000, 22), to: guest.address)
        try world.fenceOutside()
        #expect(try !world.reached(guest.cable) { Self.isTCP($0, to: 22) })
        #expect(try world.dropped("unsolicited") == 1)
      }
    }

    @Test func aRoutedNetworkLeavesAndIsEnteredWithItsOwnAddresses() throws {
      try Self.inWorld([Self.network(.routed)]) { world in
        let guest = try world.guest(2)
        let syn = Self.syn(guest, to: World.outside, (40000, 80))
        #expect(try world.crosses(syn, from: guest, to: world.outside) { Self.isTCP($0, from: guest.address, to: 80) })
        try world.send(tcp: (50000, 22), to: guest.address)
        try world.fenceOutside()
        #expect(try world.reached(guest.cable) { Self.isTCP($0, from: World.outside, to: 22) })
        try world.guarding.set(guest.slot, PortRules(isRestricted: true))
        try world.send(tcp: (50001, 23), to: guest.address)
        try world.fenceOutside()
        #expect(try !world.reached(guest.cable) { Self.isTCP($0, to: 23) })
      }
    }

    @Test func anIsolatedNetworkStaysInside() throws {
      try Self.inWorld([Self.network(.isolated)]) { world in
        let guest = try world.guest(2)
        let other = try world.guest(2, shard: 1)
        let syn = Self.syn(guest, to: World.outside, (40000, 80))
        #expect(try !world.crosses(syn, from: guest, to: world.outside) { $0.ipv4?.transport == 6 })
        #expect(try world.dropped("isolated") == 1)
        let peer = Self.syn(guest, to: other.address, (40000, 80))
        #expect(try world.crosses(peer, from: guest, to: other.cable) { Self.isTCP($0, from: guest.address, to: 80) })
      }
    }

    @Test func segmentsAreMadeToFitTheWayOut() throws {
      try Self.inWorld([Self.network()]) { world in
        let guest = try world.guest(2)
        try World.ip("link", "set", "up0", "mtu", "1400")
        try guest.cable.send(Self.syn(guest, to: World.outside, (40000, 80)))
        try world.fence(guest)
        // 1400 less 20 bytes of IPv4 and 20 of TCP.
        #expect(try world.reached(world.outside) { $0.ipv4?.transport == 6 && $0.number(54, 4) == 0x0204_0550 })
      }
    }

    @Test func withIPv6ANATNetworkLeavesWithTheHostsAddress() throws {
      try Self.inWorld([Self.network(isDual: true)]) { world in
        let host = IPv6Address(high: 0x2001_0db8_0000_0000, low: 1)
        let far = IPv6Address(high: 0x2001_0db8_0000_0000, low: 2)
        try World.ip("address", "add", "\(host.text)/64", "dev", "up0", "nodad")
        try World.ip(
          "neighbour", "replace", far.text, "lladdr", Layout.text(mac: World.outsideMAC), "dev", "up0", "nud",
          "permanent")
        let guest = try world.guest(2)
        let own = try #require(guest.address6)
        let frame = Frames.udp6(to: guest.gatewayMAC, from: guest.mac, own, far, ports: (40000, 80))
        let isIt = { (frame: EthernetFrame) in
          frame.type == 0x86dd && frame.number(22, 8) == host.high && frame.number(30, 8) == host.low
            && frame.number(56, 2) == 80
        }
        #expect(try world.crosses(frame, from: guest, to: world.outside, as: isIt))
        try world.guarding.set(guest.slot, PortRules(isRestricted: true))
        #expect(try !world.crosses(frame, from: guest, to: world.outside, as: isIt))
      }
    }

    // MARK: Guests

    @Test func guestsReachEachOtherInTheirNetworkOnly() throws {
      try Self.inWorld([Self.network(), Self.lab]) { world in
        let guest = try world.guest(2)
        let near = try world.guest(2, shard: 1)
        let far = try world.guest(2, network: 1)
        let peer = Self.syn(guest, to: near.address, (40000, 80))
        #expect(try world.crosses(peer, from: guest, to: near.cable) { Self.isTCP($0, from: guest.address, to: 80) })
        let stranger = Self.syn(guest, to: far.address, (40000, 80))
        #expect(try !world.crosses(stranger, from: guest, to: far.cable) { $0.ipv4?.transport == 6 })
        #expect(try world.dropped("peers") == 1)
      }
    }

    @Test func isolatedPeersDoNotReachEachOtherNearOrFar() throws {
      try Self.inWorld([Self.network(peers: false)]) { world in
        let guest = try world.guest(2)
        let near = try world.guest(3)
        let far = try world.guest(2, shard: 1)
        let direct = Frames.udp(to: near.mac, from: guest.mac, guest.address, near.address, ports: (7, 7))
        #expect(try !world.crosses(direct, from: guest, to: near.cable))
        // By the gateway, which would send it back into the same bridge.
        let bent = Self.syn(guest, to: near.address, (40000, 80))
        #expect(try !world.crosses(bent, from: guest, to: near.cable) { $0.ipv4?.transport == 6 })
        let routed = Self.syn(guest, to: far.address, (40000, 80))
        #expect(try !world.crosses(routed, from: guest, to: far.cable) { $0.ipv4?.transport == 6 })
        #expect(try world.dropped("peers") == 2)
      }
    }

    // MARK: The host

    @Test func theHostIsAGatewayAndNothingElse() throws {
      try Self.inWorld([Self.network()]) { world in
        let guest = try world.guest(2)
        for address in [guest.gateway, World.host] {
          for port: UInt16 in [22, 9090] {
            try guest.cable.send(Self.syn(guest, to: address, (40000, port)))
          }
        }
        try guest.cable.send(
          Frames.echo(to: guest.gatewayMAC, from: guest.mac, guest.address, World.host, sequence: 999))
        try world.fence(guest)
        #expect(try world.dropped("to_host") == 5)
        // Nobody listens for DNS and DHCP, and the host says so.
        let ports: [UInt16] = [53, 67]
        for port in ports {
          let ask = Frames.udp(
            to: guest.gatewayMAC, from: guest.mac, guest.address, guest.gateway, ports: (68, port),
            Frames.dhcp(3, of: guest.mac))
          try guest.cable.send(ask)
          let isRefused = try world.fence(guest).contains { $0.ipv4?.transport == 1 && $0.number(34, 2) == 0x0303 }
          #expect(isRefused, "port \(port) of the gateway is not reached")
        }
        try guest.cable.send(Self.syn(guest, to: guest.gateway, (40001, 53)))
        #expect(try world.fence(guest).contains { Self.isTCP($0, from: guest.gateway, to: 40001) })
        #expect(try world.dropped("to_host") == 5)
      }
    }
  }
}
