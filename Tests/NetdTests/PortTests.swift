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
  /// netd itself, with real TAPs, in namespaces of their own.
  @Suite struct PortTests {
    @Test func attachGivesAPortAndDetachTakesItBack() throws {
      try Rig.run { rig in
        let vm = someVM()
        var session = try Session(rig)
        var route = try RouteSocket()
        do {
          let port = try session.attach(vm)
          let name = port.reply.port.tap
          let link = try #require(try route.link(name))
          let bridge = try #require(try route.link("br-procurator"))
          #expect(link.master == bridge.index && link.isUp && link.hasCarrier && link.mtu == 1500)
          #expect(link.alias == "procurator:0:\(vm.text):0:t:")
          #expect(link.mac != port.reply.port.mac)
          #expect(fcntl(port.tap.raw, F_GETFD) & FD_CLOEXEC != 0)
          #expect(IPv4.text(port.reply.port.address) == "10.100.0.\(port.reply.slot.host)")
          // The same NIC again, while a process holds the TAP.
          let again = session.refusal(Attach(vm: vm, nic: 0, network: "default"))
          #expect(again?.code == .exists && again?.cause.contains("in use") == true)
          #expect(again?.object.contains(vm.text) == true)
          // A packet goes out: the TAP is alive.
          #expect(write(port.tap.raw, [UInt8](repeating: 0, count: 70), 70) == 70)
          try session.detach(port.handle)
          #expect(try session.ports().map(\.state) == [.releasing])
          #expect(session.refusal(Detach(handle: port.handle))?.code == .notFound)
        }
        try wait("the port is free") { try session.ports().isEmpty }
      }
    }

    @Test func attachingAgainGivesTheSameSlot() throws {
      try Rig.run { rig in
        let vm = someVM()
        var session = try Session(rig)
        let first = try session.attach(vm).reply
        for _ in 0..<20 { #expect(try session.attach(vm).reply == first) }
        let other = try session.attach(vm, nic: 1).reply
        #expect(other.slot != first.slot)
        #expect(try session.forget(vm) == 2)
        #expect(try session.forget(vm) == 0)
        #expect(try session.ports().isEmpty)
      }
    }

    @Test func aKeptSlotWaitsForItsVM() throws {
      try Rig.run { rig in
        let vm = someVM()
        let slot: SlotName
        do {
          var session = try Session(rig)
          let port = try session.attach(vm, keep: true).reply
          slot = port.slot
          try wait("the port is kept") { try session.ports().map(\.state) == [.kept] }
          try session.detach(port.handle)
        }
        try rig.restart()
        let lease = Keep.Lease(vm: vm, nic: 0, slot: slot)
        var session = try Session(rig, keeping: [lease])
        try wait("the port is kept") { try session.ports().map(\.state) == [.kept] }
        #expect(try session.attach(vm, keep: true).reply.slot == slot)
        // Slots of others and outside of the configuration are refused by index, the rest is kept.
        let mine = SlotName(network: "default", shard: 1, host: 99)
        let answer = try session.connection.call(
          Keep(leases: [
            Keep.Lease(vm: someVM(), nic: 0, slot: slot), Keep.Lease(vm: someVM(), nic: 0, slot: mine),
            Keep.Lease(vm: vm, nic: 1, slot: SlotName(network: "default", shard: 9, host: 2)),
            Keep.Lease(vm: vm, nic: 2, slot: SlotName(network: "nope", shard: 0, host: 2)), lease,
          ]))
        #expect(answer.body.refused == [0, 2, 3])
        for entry in try session.ports() { #expect(try session.forget(entry.vm) == 1) }
      }
    }

    @Test(arguments: [SIGTERM, SIGKILL])
    func aRestartOfNetdKeepsPortsInUse(_ signal: Int32) throws {
      try Rig.run { rig in
        let vms = [someVM(), someVM(), someVM()]
        var session = try Session(rig)
        let one = try session.attach(vms[0])
        let two = try session.attach(vms[1], keep: true)
        let gone = try session.attach(vms[2]).reply
        try rig.restart(kill: signal)
        session = try Session(rig)
        let ports = try session.ports()
        #expect(ports.filter { $0.state == .active }.map(\.slot) == [one.reply.slot, two.reply.slot])
        #expect(ports.first { $0.slot == gone.slot }?.state == .releasing)
        #expect(write(one.tap.raw, [UInt8](repeating: 0, count: 70), 70) == 70)
        try wait("what nobody holds is freed") { try session.ports().count == 2 }
        try session.detach(one.handle)
        try session.detach(two.handle)
        #expect(try session.ports().map(\.state) == [.releasing, .releasing])
        #expect(try session.forget(vms[1]) == 1)
        _ = consume one
        _ = consume two
        try wait("the ports are free") { try session.ports().isEmpty }
      }
    }

    @Test func aKilledClientFreesItsPorts() throws {
      try Rig.run { rig in
        var session = try Session(rig)
        let holder: ProcessHandle
        do {
          let port = try session.attach(someVM())
          holder = try ProcessHandle.spawn(
            "/bin/sleep", arguments: ["sleep", "60"], environment: [], descriptors: [(port.tap.raw, 3)])
        }
        usleep(700_000)
        #expect(try session.ports().map(\.state) == [.active], "the child holds the TAP beyond the grace period")
        try holder.signal(SIGKILL)
        _ = try holder.reap(blocking: true)
        let start = Date()
        try wait("the port is free") { try session.ports().isEmpty }
        let elapsed = Date().timeIntervalSince(start)
        print("killed client: port free after \(Int(elapsed * 1000)) ms, grace 300 ms")
        #expect(elapsed > 0.2)
      }
    }

    @Test func aFakedCarrierFoolsNobody() throws {
      try Rig.run { rig in
        var session = try Session(rig)
        do {
          let port = try session.attach(someVM())
          for _ in 0..<6 {
            try TapDevice.setCarrier(port.tap.raw, false)
            usleep(200_000)
            #expect(try session.ports().count == 1, "a held port was freed")
          }
          try wait("the port is active") { try session.ports().map(\.state) == [.active] }
          try TapDevice.setOwner(port.tap.raw, uid: 12345)
          try TapDevice.setCarrier(port.tap.raw, true)
        }
        try wait("the port is free") { try session.ports().isEmpty }
      }
    }

    /// All of them: with those that are not in use one can tell what is scarce.
    @Test func theAuditListsTheShards() throws {
      try Rig.run(netd: "Spare=0", networks: "[Network default]\nSubnet=10.50.0.0/22\nShards=3") { rig in
        var session = try Session(rig)
        let port = try session.attach(someVM())
        let shards = try session.audit().shards
        #expect(shards.map(\.used) == [1, 0, 0] && shards.allSatisfy { $0.max == 253 })
        _ = consume port
      }
    }

    /// An earlier netd wrote names into aliases: its ports are taken over without a word.
    @Test func aliasesOfTheReleaseBeforeAreRead() throws {
      try Rig.run { rig in
        var session = try Session(rig)
        let vm = someVM()
        let port = try session.attach(vm, keep: true)
        let (name, slot) = (port.reply.port.tap, port.reply.slot)
        try rig.end(by: SIGKILL)
        try World.ip("link", "set", name, "alias", "procurator:0:\(vm.text):0:k:web-1")
        try rig.start()
        try rig.expect("READY=1")
        session = try Session(rig)
        #expect(try session.ports().map(\.slot) == [slot] && session.ports().map(\.state) == [.active])
        #expect(try session.audit().findings.isEmpty)
        #expect(try session.connection.call(Notifications()).body.entries.isEmpty)
        _ = consume port
        #expect(try session.attach(vm, keep: true).reply.slot == slot)
        _ = try session.forget(vm)
      }
    }

    /// What DHCP and DNS hear: whose port it is, and the number of its list. Two users who choose one number share nothing.
    @Test func leasesSayWhoseAPortIsAndWhichListItHas() throws {
      try Rig.run { rig in
        var first = try Session(rig, uid: 64301)
        var other = try Session(rig, uid: 64302)
        let vms = [someVM(), someVM(), someVM()]
        let ports = DescriptorCell(try first.attach(vms[0]).release())
        let twins = DescriptorCell(try first.attach(vms[1]).release())
        let theirs = DescriptorCell(try other.attach(vms[2]).release())
        for vm in vms.prefix(2) {
          _ = try first.connection.call(Policy(vm: vm, nic: 0, isRestricted: true, list: 0xa1b2))
        }
        _ = try other.connection.call(Policy(vm: vms[2], nic: 0, isRestricted: true, list: 0xa1b2))
        func leases() throws -> [VMIdentity: Leases.Entry] {
          var netd = try Connection.open(rig.socket, peer: "netd")
          _ = try netd.call(Hello(client: "names"))
          let entries = try netd.call(Leases()).body.entries
          return Dictionary(entries.map { ($0.vm, $0) }) { one, _ in one }
        }
        let before = try leases()
        let (one, same, apart) = (before[vms[0]], before[vms[1]], before[vms[2]])
        #expect(one?.uid == 64301 && apart?.uid == 64302 && one?.list == 0xa1b2 && apart?.list == 0xa1b2)
        #expect(one?.listID == 0xa1b2 && same?.listID == 0xa1b2 && same?.resolver == one?.resolver)
        #expect(apart?.listID == 0xa1b3 && apart?.resolver != one?.resolver && one?.resolver != 0)
        // The kernel remembers it over a restart, whoever comes back first.
        try rig.restart(kill: SIGKILL)
        let after = try leases()
        #expect(
          vms.allSatisfy { after[$0]?.listID == before[$0]?.listID && after[$0]?.resolver == before[$0]?.resolver })
        #expect(try session(rig, 64301) { try $0.ports().first?.list } == 0xa1b2)
        // Whose list was moved on says its own number for it, and has the same list still.
        try session(rig, 64302) {
          _ = try $0.connection.call(Policy(vm: vms[2], nic: 0, isRestricted: true, list: 0xa1b2))
        }
        let said = try leases()[vms[2]]
        #expect(said?.list == 0xa1b2 && said?.listID == apart?.listID && said?.resolver == apart?.resolver)
        _ = [ports, twins, theirs].map { $0.take() == nil }
        for uid in [UInt32(64301), 64302] { try session(rig, uid) { for vm in vms { _ = try $0.forget(vm) } } }
      }
    }

    private func session<R>(_ rig: Rig, _ uid: UInt32, _ body: (inout Session) throws -> R) throws -> R {
      var session = try Session(rig, uid: uid)
      return try body(&session)
    }

    @Test func threeHundredPortsOverTwoShards() throws {
      try Rig.run(
        netd: "Grace=300ms\nSpare=8", networks: "[Network default]\nSubnet=10.50.0.0/23\nShards=2"
      ) { rig in
        var session = try Session(rig)
        var taps = DescriptorList()
        var slots: Set<SlotName> = []
        for _ in 0..<300 {
          let port = try session.attach(someVM())
          slots.insert(port.reply.slot)
          taps.append(port.tap)
        }
        #expect(slots.count == 300 && Set(slots.map(\.shard)) == [0, 1])
        #expect(try session.ports().count == 300)
        let audit = try session.audit()
        #expect(audit.active == 300 && audit.findings.isEmpty)
        #expect(audit.shards.map(\.bridge) == ["br-procurator", "br-procurator-1"])
        #expect(audit.shards.allSatisfy { $0.isInUse })
        taps = DescriptorList()
        try wait("all ports are free", seconds: 30) { try session.ports().isEmpty }
      }
    }
  }
}
