import Failure
import Foundation
import Glibc
import IPC
import IPCPeer
import Linux
import Netlink
import Testing

@testable import NetworkPlan
@testable import netd

extension RealNetd {
  /// Networks that reach beyond one host, and what the way out has to say.
  @Suite struct TopologyTests {
    private static func shared(_ number: Int, _ peer: Int, _ hosts: String) -> String {
      """
      [Network lab]
      Subnet=10.101.0.0/24
      Bridge=br-lab
      TapPrefix=lab
      Hosts=\(hosts)
      VXLAN=42
      VXLANLocal=192.0.2.\(number)
      VXLANPeers=192.0.2.\(peer)
      """
    }

    /// Two namespaces stand for two hosts with a wire between them.
    @Test func twoHostsShareANetworkOverVXLAN() throws {
      try Rig.run(netd: "Grace=300ms\nSpare=0", networks: Self.shared(1, 2, "2-100")) { one in
        let (pid, socket) = (one.pid, one.socket)
        try Rig.run(netd: "Grace=300ms\nSpare=0", networks: Self.shared(2, 1, "101-200")) { two in
          try World.ip("link", "add", "wire2", "type", "veth", "peer", "name", "wire1")
          try World.ip("link", "set", "wire1", "netns", "\(pid)")
          try World.ip("address", "add", "192.0.2.2/24", "dev", "wire2")
          try World.ip("link", "set", "wire2", "up")
          try Rig.inside(pid, "ip", "address", "add", "192.0.2.1/24", "dev", "wire1")
          try Rig.inside(pid, "ip", "link", "set", "wire1", "up")

          var first = try Session(socket)
          var second = try Session(two)
          let near = try first.attach(someVM(), network: "lab")
          let far = try second.attach(someVM(), network: "lab")
          let hosts = [near.reply.slot.host, far.reply.slot.host]
          #expect(hosts == [2, 101])
          let foreign = Attach(vm: someVM(), nic: 0, network: "lab", address: far.reply.port.address)
          let refusal = first.refusal(foreign)
          #expect(refusal?.code == .invalid)

          let (a, b) = (near.reply.port, far.reply.port)
          #expect(a.mtu == 1450)
          let here = Cable(a.tap, near.release())
          let there = Cable(b.tap, far.release())
          let ask = Frames.arp(1, from: a.mac, sender: a.address, target: b.address)
          try here.send(ask)
          let asked = try there.frames { $0.bytes == ask }
          #expect(asked != nil, "a question does not reach the other host")
          let answer = Frames.arp(2, to: a.mac, from: b.mac, sender: b.address, target: a.address)
          try there.send(answer)
          let answered = try here.frames { $0.bytes == answer }
          #expect(answered != nil, "the answer does not come back")
          let data = Frames.udp(to: b.mac, from: a.mac, a.address, b.address, ports: (7, 7), Array("hello".utf8))
          try here.send(data)
          // Where bridged packets pass the IP hooks (br_netfilter), the padding of a short frame is cut off.
          let arrived = try there.frames { data.starts(with: $0.bytes) }
          #expect(arrived != nil)

          // Each host has the gateway to itself: the other one neither hears of it nor answers for it.
          let gateway = Frames.arp(1, from: a.mac, sender: a.address, target: a.gateway)
          try here.send(gateway)
          let answers = try here.collect(milliseconds: 300).filter { frame in
            frame.arp?.operation == 2 && frame.arp?.sender == a.gateway
          }
          #expect(answers.count == 1)
          let strays = try there.collect(milliseconds: 50)
          #expect(!strays.contains { $0.bytes == gateway })
        }
      }
    }

    @Test func anUplinkIsAPortOfAnExternalNetwork() throws {
      try Rig.inNamespace {
        let outside = Cable("up0", try TapDevice.open("up0"))
        try World.ip("link", "set", "up0", "mtu", "1400", "up")
        let network = """
          [Network lan]
          Subnet=10.102.0.0/24
          Bridge=br-lan
          TapPrefix=lan
          Mode=external
          Uplink=up0
          """
        try Rig.here(networks: network, taps: 1) { rig in
          var session = try Session(rig)
          let port = try session.attach(someVM(), network: "lan")
          let address = port.reply.port
          #expect(address.gateway == 0 && address.mtu == 1400)
          var route = try RouteSocket()
          let found = try route.link("br-lan")
          let bridge = try #require(found)
          let uplink = try route.link("up0")
          #expect(uplink?.master == bridge.index)
          let addresses = try route.addresses()
          #expect(!addresses.contains { $0.index == bridge.index })
          let mac = address.mac
          let guest = Cable(address.tap, port.release())
          // Its address is not netd's business there, its hardware address is.
          let frame = Frames.arp(1, from: mac, sender: 0x0a00_0005, target: 0x0a00_0001)
          try guest.send(frame)
          let arrived = try outside.frames { $0.bytes == frame }
          #expect(arrived != nil)
          let spoofed = Frames.arp(1, from: 0x0250_0102_0304, sender: 0x0a00_0005, target: 0x0a00_0001)
          try guest.send(spoofed)
          let strays = try outside.collect(milliseconds: 200)
          #expect(!strays.contains { $0.bytes == spoofed })
        }
      }
    }

    @Test func anUplinkWithAddressesOfTheHostIsLeftAlone() throws {
      try Rig.inNamespace {
        try World.ip("link", "add", "up0", "type", "veth", "peer", "name", "out0")
        try World.ip("address", "add", "192.0.2.7/24", "dev", "up0")
        let network = "[Network lan]\nSubnet=10.102.0.0/24\nBridge=br-lan\nTapPrefix=lan\nUplink=up0"
        try Rig.here(networks: network) { rig in
          var session = try Session(rig)
          let findings = try session.audit().findings
          let finding = try #require(findings.first { $0.kind == .broken })
          #expect(finding.interface == "br-lan" && finding.detail.contains("addresses of the host"))
          var route = try RouteSocket()
          let master = try route.link("up0")?.master
          #expect(master == 0)
          try World.ip("address", "flush", "dev", "up0")
          try wait("it is repaired") { try session.audit().findings.isEmpty }
          let repaired = try route.link("up0")?.master
          #expect(repaired != 0)
        }
      }
    }

    @Test func theWayOutSaysHowLargePacketsAreAndIsOpened() throws {
      try Rig.inNamespace {
        try World.ip("link", "add", "wan", "mtu", "1380", "type", "veth", "peer", "name", "far")
        try World.ip("address", "add", "192.0.2.1/24", "dev", "wan")
        try World.ip("link", "set", "far", "up")
        try World.ip("link", "set", "wan", "up")
        try World.ip("route", "add", "default", "via", "192.0.2.9")
        try Rig.here { rig in
          var session = try Session(rig)
          let port = try session.attach(someVM())
          let mtu = port.reply.port.mtu
          #expect(mtu == 1380)
          var route = try RouteSocket()
          let (out, bridge) = (try route.isForwarding("wan"), try route.isForwarding("br-procurator"))
          #expect(out && bridge)
        }
      }
    }

    /// A port learns nothing, and gets nothing by flooding: where a guest is stands in a static entry.
    @Test func portsOfTheBridgeAreTightened() throws {
      let networks = "[Network default]\nPeers=isolated\nIPv6=yes\n"
      try Rig.run(networks: networks) { rig in
        var session = try Session(rig)
        let port = try session.attach(someVM())
        let address = port.reply.port
        let host = port.reply.slot.host
        var route = try RouteSocket()
        let tap = try route.link(address.tap)
        let link = try #require(tap)
        var expected = BridgePort(isIsolated: true, isLearning: false, isFlooded: false)
        expected.isHairpin = true
        #expect(link.port == expected)
        let found = try route.link("br-procurator")
        let bridge = try #require(found)
        let entries = try route.forwarding(bridge: bridge.index)
        #expect(entries.contains(ForwardingEntry(mac: address.mac, port: link.index)))
        #expect(address.high6 == 0xfd50_6372_0a64_0000 && address.low6 == UInt64(host))
        let gateway = InterfaceAddress6(
          index: bridge.index, address: IPv6Address(high: 0xfd50_6372_0a64_0000, low: 1), prefix: 64)
        let addresses = try route.addresses6()
        #expect(addresses.contains(gateway))
      }
    }
  }
}
