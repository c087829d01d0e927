import Failure
import IPC
import IPCPeer
import Linux
import Netlink
import Testing

@testable import NetworkPlan
@testable import netd

extension RealNetd {
  /// Hardware addresses that owners of ports have chosen.
  @Suite struct ChosenAddressTests {
    static let mac: UInt64 = 0x5254_0012_3456

    /// Where the bridge knows guests of a TAP to be.
    private static func located(_ tap: String) throws -> Set<UInt64> {
      var route = try RouteSocket()
      let link = try #require(try route.link(tap))
      return Set(try route.forwarding(bridge: link.master).filter { $0.port == link.index }.map(\.mac))
    }

    private static func alias(_ tap: String) throws -> String {
      var route = try RouteSocket()
      return try #require(try route.link(tap)).alias
    }

    @Test func aGuestWithAChosenAddressIsThatAndNothingElse() throws {
      try RoutedTests.inWorld([SpoofTests.dual]) { world in
        let a = try world.guest(2, mac: Self.mac)
        let b = try world.guest(3)
        let own = Frames.udp(to: b.mac, from: a.mac, a.address, b.address, ports: (7, 7))
        #expect(try world.crosses(own, from: a, to: b.cable))
        #expect(
          try world.crosses(
            Frames.udp(to: a.mac, from: b.mac, b.address, a.address, ports: (7, 7)), from: b, to: a.cable))
        // Neither the slot's own address nor another's, and nobody else has the chosen one.
        for (number, mac) in [world.layout.mac(a.slot), b.mac, Self.mac + 1].enumerated() {
          let forged = Frames.udp(to: b.mac, from: mac, a.address, b.address, ports: (7, 7))
          #expect(try !world.crosses(forged, from: a, to: b.cable), "as \(Layout.text(mac: mac))")
          #expect(try world.dropped("spoofed_mac") == UInt64(number + 1))
        }
        let stolen = Frames.udp(to: a.mac, from: Self.mac, b.address, a.address, ports: (7, 7))
        #expect(try !world.crosses(stolen, from: b, to: a.cable))
        let said = Frames.arp(1, from: a.mac, sender: a.address, target: b.address)
        #expect(try world.crosses(said, from: a, to: b.cable))
        // A restart knows it by the aliases, and without a look at anything else.
        #expect(try Links.macs(world.layout) == [a.slot: Self.mac])
        let again = try Guard(world.layout, macs: try Links.macs(world.layout))
        #expect(try again.differences(isThorough: true).isEmpty)
        #expect(again.rules(a.slot) == PortRules(mac: Self.mac))
        #expect(try world.crosses(own, from: a, to: b.cable))
        // A policy leaves it, and the end of the lease takes it.
        try again.set(a.slot, again.rules(a.slot).replaced(by: Policy(), nil))
        #expect(again.rules(a.slot).mac == Self.mac)
        try again.set(a.slot, PortRules())
        #expect(try again.differences(isThorough: true).isEmpty)
        try a.cable.send(own)
        try world.fence(b)
        #expect(try !world.reached(b.cable) { $0.isSame(as: own) })
      }
    }

    @Test func aPortHasTheAddressThatItsOwnerWants() throws {
      try Rig.run { rig in
        let (vm, other) = (someVM(), someVM())
        var session = try Session(rig)
        let slot: SlotName
        let tap: String
        do {
          let port = try session.attach(vm, keep: true, mac: Self.mac)
          (slot, tap) = (port.reply.slot, port.reply.port.tap)
          #expect(port.reply.port.mac == Self.mac)
          #expect(try Self.alias(tap) == "procurator:0:\(vm.text):0:km:525400123456")
          #expect(try Self.located(tap) == [Self.mac])
          #expect(try session.ports().first?.port.mac == Self.mac)
          // It is taken, and so are those of bridges and interfaces of the host; some are nobody's to have.
          var route = try RouteSocket()
          let bridge = try #require(try route.link("br-procurator")).mac
          try World.ip("link", "add", "spare0", "address", "52:54:00:00:00:77", "type", "bridge")
          for (mac, code) in [
            (Self.mac, .exists), (0x5254_0000_0077, .exists), (bridge, .invalid), (0x0150_0000_0001, .invalid),
            (1 << 48, .invalid),
          ] as [(UInt64, Failure.Code)] {
            let refusal = session.refusal(Attach(vm: other, nic: 0, network: "default", keep: false, mac: mac))
            #expect(refusal?.code == code && refusal?.remedy.isEmpty == false, "\(mac): \(String(describing: refusal))")
          }
          #expect(try session.ports().count == 1, "who is refused has nothing")
        }
        // Kept over the end of its holder and a restart, after which it is the same, known to others.
        try wait("the port is kept") { try session.ports().map(\.state) == [.kept] }
        try rig.restart()
        session = try Session(rig, keeping: [Keep.Lease(vm: vm, nic: 0, slot: slot)])
        try wait("the port is kept") { try session.ports().map(\.state) == [.kept] }
        #expect(try session.ports().first?.port.mac == Self.mac && session.audit().findings.isEmpty)
        let taken = session.refusal(Attach(vm: other, nic: 0, network: "default", keep: false, mac: Self.mac))
        #expect(taken?.code == .exists)
        #expect(try session.attach(vm, keep: true, mac: Self.mac).reply.port.mac == Self.mac)
        // Without a wish it has its own again, and the other one is free.
        let plain = try session.attach(vm, keep: true).reply
        #expect(plain.slot == slot && plain.port.mac == 0x0250_0000_0000 | UInt64(plain.port.address))
        #expect(try Self.located(tap) == [plain.port.mac])
        #expect(try Self.alias(tap) == "procurator:0:\(vm.text):0:k:")
        #expect(try session.attach(other, mac: Self.mac).reply.port.mac == Self.mac)
        #expect(try session.audit().findings.isEmpty)
        #expect(try session.forget(vm) == 1)
      }
    }

    /// Its former port is still on its way out then, and takes nothing with it that is the next one's.
    @Test func anAddressThatIsFreeAgainIsWhollyTheNextOnes() throws {
      try Rig.run(networks: "[Network default]\nSubnet=10.100.0.0/16\nIPv6=yes") { rig in
        var session = try Session(rig)
        for _ in 0..<4 {
          let (vm, next) = (someVM(), someVM())
          for one in [vm, next] {
            _ = try session.attach(one, keep: true, mac: Self.mac)
            _ = try session.connection.call(Policy(vm: one, nic: 0, isRestricted: true))
            if one == vm { #expect(try session.forget(vm) == 1) }
          }
          try wait("the former one is gone") { try session.audit().releasing == 0 }
          let policed = try Program.output("/usr/sbin/nft", "list", "set", "inet", "procurator", "policed6")
          #expect(policed.contains("fe80::5054:ff:fe12:3456"), "\(policed)")
          #expect(try session.audit().findings.isEmpty)
          #expect(try session.forget(next) == 1)
          try wait("that one too") { try session.audit().releasing == 0 }
        }
      }
    }

    /// A TAP that was made ahead has been entered into its bridge with the slot's own address.
    @Test func aSpareBecomesWhatIsWanted() throws {
      try Rig.run { rig in
        var session = try Session(rig)
        try wait("spares are made") { try session.audit().ready > 0 }
        let port = try session.attach(someVM(), mac: Self.mac).reply.port
        #expect(port.mac == Self.mac)
        #expect(try Self.located(port.tap) == [Self.mac])
        // What is taken away is put back.
        try World.run(["/usr/sbin/bridge", "fdb", "del", Layout.text(mac: Self.mac), "dev", port.tap, "master"])
        try wait("it is entered again") { try Self.located(port.tap) == [Self.mac] }
      }
    }
  }
}
