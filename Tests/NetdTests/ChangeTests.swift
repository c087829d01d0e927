import Failure
import Glibc
import IPC
import IPCPeer
import Linux
import Netlink
import Testing

@testable import NetworkPlan
@testable import netd

extension RealNetd {
  /// What root changes under running guests, and what users try with each other's.
  @Suite struct ChangeTests {
    private static let lab = "[Network lab]\nSubnet=10.101.0.0/24\nBridge=br-lab\nTapPrefix=lab\n"

    /// The guard knows only what is configured: what is left over from before must not go on without it.
    @Test func aNetworkThatIsNoLongerConfiguredIsSwitchedOff() throws {
      let both = "[Network default]\nShards=1\n" + Self.lab
      try Rig.run(networks: both) { rig in
        var tap: Descriptor?
        do {
          var session = try Session(rig)
          let port = try session.attach(someVM(), network: "lab")
          tap = port.release()
        }
        try rig.configure(networks: "[Network default]\nShards=1\n")
        try rig.restart()
        var route = try RouteSocket()
        for name in ["br-lab", "lab0-2"] {
          let link = try route.link(name)
          #expect(link != nil && link?.isUp == false, "\(name)")
        }
        var session = try Session(rig)
        var fix = Audit()
        fix.fix = true
        usleep(400_000)
        var fixed = try session.connection.call(fix).body
        // Somebody holds the TAP, and the bridge has a port.
        #expect(fixed.findings.filter { $0.kind == .orphan }.map(\.interface).contains("br-lab"))
        #expect(fixed.findings.contains { $0.interface == "lab0-2" })
        _ = consume tap
        for _ in 0..<2 { fixed = try session.connection.call(fix).body }
        #expect(fixed.findings.isEmpty)
      }
    }

    @Test func aLowerQuotaTakesNothingAway() throws {
      try Rig.run { rig in
        let vms = [someVM(), someVM()]
        do {
          var session = try Session(rig, uid: 64301)
          for vm in vms {
            _ = try session.attach(vm, keep: true)
            var policy = Policy()
            policy.vm = vm
            policy.isRestricted = true
            _ = try session.connection.call(policy)
          }
        }
        try rig.configure(netd: Rig.defaults + "MaxPortsPerUser=1\n")
        try rig.restart()
        var session = try Session(rig, uid: 64301)
        let ports = try session.ports()
        #expect(ports.count == 2)
        #expect(session.refusal(Attach(vm: someVM(), nic: 0, network: "default"))?.code == .exhausted)
        for vm in vms { #expect(try session.forget(vm) == 1) }
      }
    }

    /// Whoever holds a TAP may set its hardware address; the bridge would then send a neighbour's frames to the host.
    @Test func whoTakesANeighboursHardwareAddressIsUnplugged() throws {
      try Rig.run { rig in
        var session = try Session(rig)
        let rogue = try session.attach(someVM())
        let victim = try session.attach(someVM())
        let (name, address) = (rogue.reply.port.tap, victim.reply.port)
        try World.ip("link", "set", name, "address", Layout.text(mac: address.mac))
        var route = try RouteSocket()
        try wait("it is unplugged") { try route.link(name)?.master == 0 }
        let found = try route.link("br-procurator")
        let bridge = try #require(found)
        let own = try route.link(address.tap)
        let entry = ForwardingEntry(mac: address.mac, port: own?.index ?? 0)
        try wait("the neighbour has its frames back") { try route.forwarding(bridge: bridge.index).contains(entry) }
        _ = consume rogue
        _ = consume victim
      }
    }

    /// The host's udev may give a TAP that was just made another hardware address. Whoever does it again is its holder.
    @Test func anotherHardwareAddressIsMendedOnce() throws {
      try Rig.run { rig in
        var session = try Session(rig)
        let port = try session.attach(someVM())
        let name = port.reply.port.tap
        var route = try RouteSocket()
        let before = try route.link(name)
        try World.ip("link", "set", name, "address", "5a:00:00:00:00:01")
        try wait("it has its address again") { try route.link(name)?.mac == before?.mac }
        let after = try route.link(name)
        #expect(after?.master == before?.master && after?.master != 0)
        try World.ip("link", "set", name, "address", "5a:00:00:00:00:02")
        try wait("it is unplugged") { try route.link(name)?.master == 0 }
        _ = consume port
      }
    }
  }
}
