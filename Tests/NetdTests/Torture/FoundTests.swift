import Glibc
import IPC
import IPCPeer
import Linux
import Netlink
import Testing

@testable import NetworkPlan
@testable import netd

extension RealNetd {
  /// What the torture has found, once each.
  @Suite struct FoundTests {
    /// A TAP that waits for its end must not come back as the lease of an owner who has another one by now.
    @Test func aRetiredPortDoesNotStandInTheWayOfItsOwnersNextOne() throws {
      try Rig.run(netd: "Grace=300ms\nSpare=4") { rig in
        let vm = someVM()
        var session = try Session(rig)
        let first = try session.attach(vm)
        let (handle, old) = (first.handle, first.reply.slot)
        _ = consume first
        try session.detach(handle)
        let port = try session.attach(vm)
        #expect(port.reply.slot != old)
        _ = try session.connection.call(Policy(vm: vm, nic: 0, isRestricted: true))
        try rig.restart(kill: SIGKILL)
        session = try Session(rig)
        #expect(try session.ports().map(\.slot) == [port.reply.slot])
        #expect(try session.audit().findings.isEmpty)
        let closed = try Program.output("/usr/sbin/nft", "list", "set", "bridge", "procurator", "closed")
        #expect(closed.contains("\"\(port.reply.port.tap)\""), "a running VM's policy is gone")
        try session.detach(port.handle)
      }
    }

    /// Cut off between the kernel's tag and the ruleset, a port is closed. Ways to it stay, and are told as they are.
    @Test func aPortThatIsClosedForSafetyKeepsItsForwards() throws {
      try Rig.run { rig in
        let vm = someVM()
        var session = try Session(rig)
        let port = try session.attach(vm, keep: true)
        let forward = Forward(vm: vm, nic: 0, transport: .tcp, guestPort: 80)
        let number = try session.connection.call(forward).body.hostPort
        try rig.end(by: SIGKILL)
        var route = try RouteSocket()
        var change = LinkChange()
        change.alias = Tag.lease(Owner(uid: 0, vm: vm, nic: 0), LeaseTag(isKept: true, isRestricted: true)).text
        try route.change(port.reply.port.tap, change)
        try rig.start()
        try rig.expect("READY=1")
        session = try Session(rig)
        #expect(try session.connection.call(Forwards(cursor: 0)).body.entries.map(\.hostPort) == [number])
        let closed = try Program.output("/usr/sbin/nft", "list", "set", "bridge", "procurator", "closed")
        #expect(closed.contains("\"\(port.reply.port.tap)\""))
        let forwards = try Program.output("/usr/sbin/nft", "list", "map", "inet", "procurator", "forwards")
        #expect(forwards.contains("tcp . \(number) : "), "\(forwards)")
        _ = try session.forget(vm)
        _ = consume port
      }
    }

    /// A bridge may be lost while netd is away.
    @Test func aLostBridgeComesBackWithItsPortsAtTheStart() throws {
      try Rig.run { rig in
        let vm = someVM()
        var session = try Session(rig)
        let port = try session.attach(vm)
        try rig.end(by: SIGKILL)
        var route = try RouteSocket()
        try route.deleteLink("br-procurator")
        try rig.start()
        try rig.expect("READY=1")
        let bridge = try #require(try route.link("br-procurator"))
        #expect(try route.link(port.reply.port.tap)?.master == bridge.index)
        session = try Session(rig)
        try session.detach(session.ports().isEmpty ? 0 : port.handle)
      }
    }
  }
}
