import Failure
import Foundation
import Hypervisor
import Life
import Testing

@testable import NodeCore

/// Which file systems are meant, and what the agent's count says of them.
@Suite struct FreezePlanTests {
  private let root = GuestFileSystem(mount: "/", device: "vda1", kind: "ext4")
  private let boot = GuestFileSystem(mount: "/boot/efi", device: "vda15", kind: "vfat")
  private let data = GuestFileSystem(mount: "/data", device: "vdb", kind: "xfs")
  private let again = GuestFileSystem(mount: "/srv", device: "vdb", kind: "xfs")
  private let strange = GuestFileSystem(mount: "/odd", device: "vdc", kind: "oddfs")

  private func plan(_ wanted: [String], _ known: [GuestFileSystem]) throws -> FreezePlan {
    try FreezePlan(wanted, of: known, vm: "web")
  }

  @Test func whatTheGuestDoesNotHaveIsRefused() throws {
    let failure = try #require(throws: Failure.self) { _ = try plan(["/data", "/nowhere"], [root, data]) }
    #expect(failure.code == .invalid && failure.object == "mount_points" && failure.cause.contains("/, /data"))
  }

  @Test func namedTwiceIsMeantOnce() throws {
    let plan = try plan(["/data", "/data"], [root, data])
    #expect(plan.mounts == ["/data"] && plan.places == ["/data"] && plan.least == 1)
  }

  /// What is mounted twice is frozen once; what cannot be frozen is left out only where nobody has named it.
  @Test func theCountIsThatOfDevices() throws {
    let all = try plan([], [root, boot, data, again])
    #expect(all.mounts == nil && all.least == 2)
    let frozen = try all.judge(2, vm: "web")
    #expect(frozen.map(\.isFrozen) == [true, false, true, true])
    #expect(frozen[1].error.contains("cannot be frozen"))
    #expect(try all.judge(3, vm: "web").allSatisfy(\.isFrozen))
    #expect(throws: Failure.self) { try all.judge(1, vm: "web") }
    #expect(throws: Failure.self) { try plan(["/boot/efi", "/data"], [boot, data]).judge(1, vm: "web") }
  }

  @Test func whatNobodyKnowsIsSaid() throws {
    let odd = GuestFileSystem(mount: "/odder", device: "vdd", kind: "oddfs")
    let frozen = try plan([], [root, strange, odd]).judge(2, vm: "web")
    #expect(frozen.map(\.isFrozen) == [true, false, false] && frozen[1].error.contains("does not say"))
    #expect(throws: Failure.self) { try plan([], []).judge(0, vm: "web") }
    #expect(throws: Failure.self) { try plan([], [boot]).judge(0, vm: "web") }
  }

  /// The record of a freeze ends with the run, and nothing of its time is left on another boot of the host.
  @Test func aFreezeEndsWithItsRun() throws {
    let now = HostInstant(wall: Date(timeIntervalSince1970: 1000), boot: "a", sinceBoot: 50)
    let freeze = SavedFreeze(
      token: "t", run: "r", mounts: ["/"], deadline: now.wall + 60, end: SavedInstant(now, plus: 60),
      began: SavedInstant(now), least: 1, hasScripts: false)
    var later = now
    later.sinceBoot += 20
    #expect(freeze.left(at: later) == .seconds(40) && freeze.length(at: later) == .seconds(20))
    later.sinceBoot += 200
    #expect(freeze.left(at: later) == .zero)
    later.boot = "b"
    #expect(freeze.left(at: later) == .zero && freeze.length(at: later) == .zero)
  }
}
