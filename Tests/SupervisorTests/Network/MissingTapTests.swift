import Foundation
import Glibc
import IPC
import Linux
import Testing

@testable import NodeCore

/// TAPs that were removed under running VMs, when netd was started again since.
@Suite(.serialized) struct MissingTapTests {
  @Test func whatNetdCannotKnowIsAddedOnce() {
    let (a, b) = (VMIdentity(high: 1, low: 1), VMIdentity(high: 2, low: 2))
    let start = ContinuousClock.now
    var missing = MissingTaps()
    let both = [LeaseKey(vm: a, nic: 0): "pc0-2", LeaseKey(vm: b, nic: 1): "pc0-3"]
    missing.see(both, now: start)
    missing.see(both, now: start + .seconds(5))
    func found(_ known: [Audit.Finding] = []) -> [Audit.Finding] {
      missing.completing(known, uid: 7, now: start + .seconds(60))
    }
    #expect(found().map(\.interface) == ["pc0-2", "pc0-3"])
    #expect(found().allSatisfy { $0.kind == .missing && $0.uid == 7 && $0.age == 60 && !$0.detail.isEmpty })
    #expect(found().map(\.vm) == [a, b])
    // What netd says itself is not said twice, and everything else is left as it is.
    var known = Audit.Finding()
    (known.kind, known.interface, known.age) = (.missing, "pc0-2", 3)
    var other = Audit.Finding()
    (other.kind, other.interface) = (.foreign, "pc0-3")
    #expect(found([known, other]).map(\.interface) == ["pc0-2", "pc0-3", "pc0-3"])
    #expect(found([known, other]).prefix(2) == [known, other])
    // Plugged in again, ended, or there again.
    var plugged = missing
    plugged.forget(LeaseKey(vm: a, nic: 0))
    #expect(plugged.completing([], uid: 7, now: start).map(\.vm) == [b])
    plugged.forget(vm: b)
    #expect(plugged.completing([], uid: 7, now: start).isEmpty)
    missing.see([LeaseKey(vm: a, nic: 0): "pc0-9"], now: start + .seconds(50))
    #expect(found().map(\.interface) == ["pc0-9"] && found().map(\.age) == [10])
  }
}

extension GuestTests {
  /// Both ways out that the audit names, on a guest that has to answer afterwards.
  @Test func aGuestWhoseTapsWereRemovedIsReachedAgain() async throws {
    try await Rig.run { rig in
      await rig.boot("cut")
      let first = try #require(await rig.taps().first)
      let address = "10.101.0.77"
      await rig.ok("nic", "attach", "cut", "--network", "second", "--address", address)
      func answers(at address: String) async throws {
        try await eventually("it answers at \(address)") {
          await rig.inNetwork("ping", "-n", "-c", "1", "-W", "1", address).status == 0
        }
      }
      func configure() async throws {
        try await eventually("the guest has a second card") {
          await rig.inGuest("cut", "ls /sys/class/net") == "eth0\neth1\nlo\n"
        }
        await rig.ok("exec", "cut", "--", "sh", "-c", "ip addr add \(address)/24 dev eth1; ip link set eth1 up")
        try await answers(at: address)
      }
      func isMissed(_ tap: String) async -> Bool {
        await rig.doctor()["network.missing"]?.found.contains("\(tap): \(Audit.Finding.cutOff)") == true
      }
      try await configure()
      let pid = await rig.status("cut").pid
      let calm = try await Hypervisors.load(of: pid)
      let second = try #require(await rig.taps().first { $0 != first })
      try Command.must("/usr/sbin/ip", "-n", rig.namespace, "link", "del", second)
      // A guest that sends wakes whoever reads and writes the dead descriptor.
      _ = await rig.cli("exec", "cut", "--", "ping", "-c", "3", "-W", "1", "10.101.0.1")
      let dead = try await Hypervisors.load(of: pid)
      try await eventually("it is missed") { await isMissed(second) }
      try await eventually("the hypervisor has let go of it") { try Hypervisors.taps(of: pid) == 1 }
      var rest = 1.0
      try await eventually("the hypervisor rests") {
        rest = try await Hypervisors.load(of: pid)
        return rest < 0.5
      }
      print("load of a hypervisor: \(calm) before its TAP is removed, \(dead) with the dead one, \(rest) without it")

      // Plugged out and in.
      await rig.ok("nic", "detach", "cut", "1")
      try await eventually("it is missed no longer") { await rig.doctor()["network.missing"] == nil }
      await rig.ok("nic", "attach", "cut", "--network", "second", "--address", address)
      try await configure()
      #expect(await rig.explain("cut").reasons(in: "network").isEmpty)

      // Started again, as explain says, in its words.
      try Command.must("/usr/sbin/ip", "-n", rig.namespace, "link", "del", first)
      try await eventually("it is missed") { await isMissed(first) }
      let remedy = try #require(await rig.explain("cut").reasons(in: "network").first?.remedy)
      #expect(remedy.contains("vmsupervisor stop cut && vmsupervisor start cut"))
      await rig.ok("stop", "cut")
      await rig.ok("start", "cut")
      await rig.ok("wait", "cut", "--state", "agent", "--timeout", "90")
      try await answers(at: await rig.status("cut").address)
      #expect(await rig.doctor()["network.missing"] == nil)
      #expect(await rig.explain("cut").reasons(in: "network").isEmpty)
    }
  }
}
