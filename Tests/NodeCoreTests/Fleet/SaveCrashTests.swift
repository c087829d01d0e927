import Failure
import Foundation
import Hypervisor
import Life
import Linux
import Storage
import Testing
import VMSpec

@testable import NodeCore

/// The supervisor ends at every write of a record while a VM is saved and others are made of it: a folder is whole or is none, the
/// guest goes on, and a VM is there with all that it needs.
@Suite struct SaveCrashTests {
  private static func settled(_ vm: VirtualMachine) async {
    for await _ in await vm.changes() {
      let (record, life) = await (vm.record, vm.life)
      let isAwake = record.wake == nil || !life.state.hasProcess
      if record.pendingOperation == nil, isAwake, ![.starting, .stopping].contains(life.state) { return }
    }
  }

  /// What is saved at that moment lies in the picture of it.
  /// - Returns: whether a guest has gone on there whose memory is saved.
  private static func move(_ moment: FleetCrashTests.Moment) async throws -> Bool {
    var wentOn = false
    let paths = FakeNode.paths(moment.folder)
    let store = RecordStore(paths: paths)
    for var record in try store.load().records {
      guard case .save(let save) = record.pendingOperation else { continue }
      let place = try SavePlace.find(save.place.name, roots: [paths.saves], "save")
      record.pendingOperation = .save(PendingSave(snapshot: save.snapshot, place: place))
      try await store.save(record)
      wentOn = wentOn || save.snapshot.consistency == .memory && save.snapshot.hardware == nil
    }
    return wentOn
  }

  private static func paths(in folder: String) -> [String] { (try? Files.names(in: folder)) ?? [] }

  @Test(.timeLimit(.minutes(2))) func nothingIsHalf() async throws {
    let short = try ShortFolder()
    let folder = short.path + "/s"
    try Files.makeFolders(folder)
    let host = FakeHost()
    let camera = FleetCrashTests.Camera(folder, host)
    let node = try FakeNode(folder, host) { content, path throws(Errno) in try camera.write(content, path) }
    try await node.fleet.restore()
    let image = short.path + "/boot.raw"
    try Files.replace(image, with: [UInt8](repeating: 0, count: 1 << 20))
    let vm = try await node.fleet.create(
      node.spec("web", disks: [DiskSpec(path: image, format: .raw, readonly: true)]))
    try await vm.submit(.start)
    #expect(await vm.outcomeOfStart() == nil)
    let (place, manifest) = try await node.fleet.save(vm, into: "one", isDiskOnly: false)
    #expect(place.path == node.paths.saves + "/one" && manifest.consistency == .memory && manifest.disks.isEmpty)
    host.guests.first?.change { $0.refusal = Failure(.system, operation: "write memory", cause: "no room") }
    await #expect(throws: Failure.self) { try await node.fleet.save(vm, into: "two", isDiskOnly: false) }
    host.guests.first?.change { $0.refusal = nil }
    #expect(host.guests.first?.facts.condition == .running)
    #expect(Self.paths(in: node.paths.saves) == ["one"])
    let copy = try await node.fleet.restore("one", name: "copy", disksOnly: false).vm
    try await copy.submit(.start)
    #expect(await copy.outcomeOfStart() == nil)
    await Self.settled(copy)
    let guest = try #require(host.guests(of: copy.id).first)
    #expect(guest.order.awaitsMemory && guest.order.isHeld && guest.facts.loaded == ["memory"])
    #expect(guest.facts.condition == .running)
    #expect(await vm.record.generationID != copy.record.generationID)
    await node.context.events.flush()
    #expect(camera.failure == nil && camera.moments.count > 10)
    var wentOn = false
    for moment in camera.moments {
      for guest in moment.host.guests { guest.change { $0.refusal = nil } }
      wentOn = try await Self.move(moment) || wentOn
      let node = try FakeNode(moment.folder, moment.host)
      try await node.fleet.restore()
      for vm in await node.fleet.all() {
        await Self.settled(vm)
        for guest in moment.host.guests(of: vm.id) {
          #expect(guest.facts.condition == .running, "\(moment.name)")
          // One that has its memory once is never given it again.
          #expect(guest.facts.loaded.count <= 1, "\(moment.name)")
        }
      }
      #expect(Self.paths(in: node.paths.restoring).isEmpty, "\(moment.name)")
      for name in Self.paths(in: node.paths.saves) {
        #expect(Files.exists(node.paths.saves + "/\(name)/manifest.json"), "\(moment.name): \(name)")
      }
      await node.context.events.flush()
      for guest in moment.host.guests { guest.end(.exited(0)) }
    }
    #expect(wentOn, "it is written down when a guest goes on")
    for guest in host.guests { guest.end(.exited(0)) }
  }
}
