import Failure
import Foundation
import Hypervisor
import Life
import Linux
import Testing
import VMSpec

@testable import NodeCore

/// The supervisor ends at every write of a record while snapshots are made, gone on from and deleted: what the record
/// says and what the images have is the same afterwards.
@Suite struct SnapshotCrashTests {
  private static func disks() -> [DiskSpec] {
    [DiskSpec(name: "root", size: 1 << 20), DiskSpec(name: "data", size: 1 << 20)]
  }

  private static func settled(_ vm: VirtualMachine, _ moment: String) async throws {
    for await _ in await vm.changes() {
      let (record, life) = await (vm.record, vm.life)
      if record.pendingOperation == nil, record.wake == nil, ![.starting, .stopping].contains(life.state) { break }
    }
    #expect(await vm.record.snapshots?.leftovers == nil, "\(moment)")
  }

  @Test(.timeLimit(.minutes(2))) func recordAndImagesAgree() async throws {
    let short = try ShortFolder()
    let folder = short.path + "/s"
    try Files.makeFolders(folder)
    let host = FakeHost()
    let camera = FleetCrashTests.Camera(folder, host)
    let node = try FakeNode(folder, host) { content, path throws(Errno) in try camera.write(content, path) }
    try await node.fleet.restore()
    let vm = try await node.fleet.create(node.spec("web", disks: Self.disks()))
    try await vm.submit(.start)
    #expect(await vm.outcomeOfStart() == nil)
    let first = try await vm.createSnapshot(SnapshotOrder(name: "first"))
    let second = try await vm.createSnapshot(SnapshotOrder(name: "second", isDiskOnly: true))
    #expect(first.consistency == .memory && first.hardware != nil && second.consistency == .crash)
    #expect(second.parent == first.id)
    host.guests.first?.change { $0.refusal = Failure(.system, operation: "save", cause: "no room") }
    await #expect(throws: Failure.self) { try await vm.createSnapshot(SnapshotOrder(name: "third")) }
    host.guests.first?.change { $0.refusal = nil }
    try await vm.deleteSnapshot("first")
    #expect(await vm.record.snapshots?.find("second")?.parent == nil)
    #expect(await vm.record.snapshots?.current == second.id)
    await node.context.events.flush()
    #expect(camera.failure == nil && camera.moments.count > 10)
    for moment in camera.moments {
      for guest in moment.host.guests { guest.change { $0.refusal = nil } }
      let node = try FakeNode(moment.folder, moment.host)
      try await node.fleet.restore()
      for vm in await node.fleet.all() {
        try await Self.settled(vm, moment.name)
        let known = Set(await vm.record.snapshots?.all.map(\.id) ?? [])
        for guest in moment.host.guests {
          for device in guest.facts.devices {
            #expect(guest.facts.snapshots[device, default: []] == known, "\(moment.name)")
          }
        }
        // The next operation is not hindered by what was before.
        if await vm.life.state == .running {
          let next = try await vm.createSnapshot(SnapshotOrder(name: "next"))
          try await vm.deleteSnapshot(next.id)
        }
      }
      await node.context.events.flush()
      for guest in moment.host.guests { guest.end(.exited(0)) }
    }
    for guest in host.guests { guest.end(.exited(0)) }
  }

  @Test(.timeLimit(.minutes(2))) func aMemoryIsGoneOnFromOnce() async throws {
    let short = try ShortFolder()
    let folder = short.path + "/m"
    try Files.makeFolders(folder)
    let host = FakeHost()
    let camera = FleetCrashTests.Camera(folder, host)
    let node = try FakeNode(folder, host) { content, path throws(Errno) in try camera.write(content, path) }
    try await node.fleet.restore()
    let vm = try await node.fleet.create(node.spec("web", disks: Self.disks()))
    try await vm.submit(.start)
    #expect(await vm.outcomeOfStart() == nil)
    let snapshot = try await vm.createSnapshot(SnapshotOrder(name: "warm"))
    try await vm.submit(.kill)
    try await vm.ended(within: .seconds(30))
    try await vm.wakes(from: snapshot.id)
    let before = camera.moments.count
    await #expect(throws: Failure.self) { try await vm.deleteSnapshot("warm") }
    try await vm.submit(.start)
    #expect(await vm.outcomeOfStart() == nil)
    let guest = try #require(host.guests.first)
    #expect(guest.order.isHeld && guest.facts.loaded == [snapshot.id] && guest.facts.condition == .running)
    #expect(await vm.record.wake == nil)
    await node.context.events.flush()
    for moment in camera.moments[before...] {
      let node = try FakeNode(moment.folder, moment.host)
      try await node.fleet.restore()
      let vm = try #require(await node.fleet.all().first)
      if await !vm.life.state.hasProcess { try await vm.submit(.start) }
      try await Self.settled(vm, moment.name)
      let guest = try #require(moment.host.guests.first, "\(moment.name)")
      #expect(guest.facts.condition == .running && guest.facts.loaded.last == snapshot.id, "\(moment.name)")
      await node.context.events.flush()
      guest.end(.exited(0))
    }
    for guest in host.guests { guest.end(.exited(0)) }
  }

  /// Nothing is begun that could not be kept.
  @Test func whatCannotBeIsRefused() async throws {
    let short = try ShortFolder()
    let node = try FakeNode(short.path, FakeHost())
    try await node.fleet.restore()
    let raw = try await node.fleet.create(
      node.spec("raw", disks: [DiskSpec(name: "root", format: .raw, size: 1 << 20)]))
    try await raw.submit(.start)
    #expect(await raw.outcomeOfStart() == nil)
    await #expect { try await raw.createSnapshot(SnapshotOrder(name: "a")) } throws: { error in
      let failure = error as? Failure
      return failure?.code == .state && failure?.object == "raw: root" && failure?.cause.contains("raw") == true
    }
    let web = try await node.fleet.create(node.spec("web", disks: Self.disks()))
    try await web.submit(.start)
    #expect(await web.outcomeOfStart() == nil)
    for order in [
      SnapshotOrder(name: "a", isDiskOnly: true, required: .memory),
      SnapshotOrder(name: "a", isDiskOnly: true, required: .filesystem),
    ] {
      await #expect { try await web.createSnapshot(order) } throws: { ($0 as? Failure)?.code == .state }
    }
    _ = try await web.createSnapshot(SnapshotOrder(name: "a", quiesces: true, required: .filesystem))
    await #expect { try await web.revertSnapshot("a", force: false, start: false, disksOnly: false) } throws: {
      ($0 as? Failure)?.code == .state
    }
    await #expect { try await web.detachDisk("data", removes: true) } throws: {
      ($0 as? Failure)?.cause.contains("snapshot a") == true
    }
    for guest in node.host.guests { guest.end(.exited(0)) }
  }
}

extension VirtualMachine {
  /// As after it was put back to a snapshot with memory.
  fileprivate func wakes(from snapshot: String) async throws {
    try await keeper.edit { $0.wake = Wake(snapshot: snapshot) }
  }
}
