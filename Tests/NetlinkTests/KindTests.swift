import Failure
import Glibc
import Linux
import Testing

@testable import Netlink

extension RealKernel {
  /// VLANs and VXLANs.
  @Suite struct KindTests {
    @Test func aVXLANIsAsItWasAskedFor() throws {
      try Namespace.run { route in
        let wanted = VXLAN(vni: 0xabcdef, local: 0x0a00_0001, port: 4790, isLearning: false)
        var change = LinkChange()
        change.mtu = 1450
        change.isWithoutIPv6 = true
        change.alias = "procurator:vxlan"
        try route.createVXLAN("vx0", wanted, change)
        let link = try #require(try route.link("vx0"))
        #expect(link.kind == "vxlan" && link.vxlan == wanted && link.vni == 0xabcdef && link.vlan == nil)
        #expect(link.mtu == 1450 && link.alias == "procurator:vxlan" && link.parent == 0 && !link.isUp)
        #expect(try route.links().contains(link))
        let again = #expect(throws: Failure.self) { try route.createVXLAN("vx0", wanted, change) }
        #expect(again?.code == .exists && again?.errno == EEXIST)
        // Another name for the same VNI on the same port.
        #expect(throws: Failure.self) { try route.createVXLAN("vx1", wanted, change) }
        let learning = VXLAN(vni: 1, local: 0, isLearning: true)
        try route.createVXLAN("vx1", learning, LinkChange())
        #expect(try route.link("vx1")?.vxlan == learning)
      }
    }

    @Test func theFloodPeersAreMadeEqual() throws {
      try Namespace.run { route in
        try route.createVXLAN("vx0", VXLAN(vni: 7, local: 0x0a00_0001, isLearning: false), LinkChange())
        let bridge = try route.makeBridge("br0")
        var change = LinkChange()
        change.master = bridge
        change.port = BridgePort()
        change.isUp = true
        try route.change("vx0", change)
        let index = try #require(try route.link("vx0")).index
        #expect(try route.floodPeers(of: index).isEmpty)
        for wanted: Set<UInt32> in [[1, 2, 3], [1, 2, 3], [2, 4], [], [0x0a00_0002]] {
          let peers = Set(wanted.map { 0x0a00_0100 + $0 })
          try route.setFloodPeers(of: index, to: peers, object: "vx0")
          #expect(try route.floodPeers(of: index) == peers)
        }
        try route.setFloodPeers(of: index, to: [9], object: "vx0")
        for _ in 0..<2 { try route.addFloodPeer(8, to: index, object: "vx0") }
        #expect(try route.floodPeers(of: index) == [8, 9])
        for _ in 0..<2 { try route.deleteFloodPeer(9, from: index, object: "vx0") }
        #expect(try route.floodPeers(of: index) == [8])
        // An entry of the bridge for that port is no peer.
        try route.addForwarding(ForwardingEntry(mac: 0x0200_0000_0001, port: index), object: "vx0")
        #expect(try route.floodPeers(of: index) == [8])
      }
    }

    /// Not every kernel has 8021q: then the refusal is a typed one and nothing is left.
    @Test func aVLANIsMadeOrRefused() throws {
      try Namespace.run { route in
        let parent = try route.makeBridge("br0")
        do {
          try route.createVLAN("br0.5", parent: parent, id: 5, LinkChange())
          let link = try #require(try route.link("br0.5"))
          #expect(link.kind == "vlan" && link.vlan == 5 && link.parent == parent && link.vxlan == nil)
        } catch let failure as Failure {
          #expect(failure.errno == EOPNOTSUPP && failure.operation == "create vlan" && failure.object == "br0.5")
          #expect(failure.cause.contains("kernel: "))
          #expect(try route.link("br0.5") == nil)
        }
      }
    }

    @Test func aPairKnowsItsOtherEnd() throws {
      try Namespace.run { route in
        // A veth (linux/veth.h) whose other end is in the same namespace, as `ip link add type veth` makes it.
        try route.kernel.request(16, flags: 0x600, operation: "create veth", object: "v0") { message in
          message.header(LinkChange().header(index: 0))
          message.text(3 /* IFLA_IFNAME */, "v0")
          message.nest(18 /* IFLA_LINKINFO */) { $0.text(1 /* IFLA_INFO_KIND */, "veth") }
        }
        let links = try route.links().filter { $0.kind == "veth" }
        #expect(links.count == 2)
        #expect(Set(links.map(\.parent)) == Set(links.map(\.index)) && links[0].parent != links[0].index)
      }
    }
  }
}
