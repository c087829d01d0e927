import Failure
import Foundation
import Hypervisor
import Life
import Linux
import Storage
import Synchronization
import Testing
import VMSpec

@testable import NodeCore

/// VMs that are saved and restored while others want something of them, and that were changed before.
@Suite struct FleetSaveTests {
  private static func node(_ folder: ShortFolder, _ host: FakeHost = FakeHost()) async throws -> FakeNode {
    let node = try FakeNode(folder.path, host)
    try await node.fleet.restore()
    return node
  }

  private static func image(_ folder: ShortFolder, _ name: String) throws -> DiskSpec {
    let path = "\(folder.path)/\(name).raw"
    try Files.replace(path, with: [UInt8](repeating: 0, count: 1 << 20))
    return DiskSpec(path: path, format: .raw, readonly: true)
  }

  private static func running(_ spec: VMSpec, _ node: FakeNode) async throws -> (VirtualMachine, FakeGuest) {
    let vm = try await node.fleet.create(spec)
    try await vm.submit(.start)
    #expect(await vm.outcomeOfStart() == nil)
    return (vm, try #require(node.host.guests(of: vm.id).first))
  }

  private static func becomes(_ state: State, _ vm: VirtualMachine) async {
    for await _ in await vm.changes() where await vm.life.state == state { return }
  }

  @Test(.timeLimit(.minutes(1))) func disksThatWentAreNoHindrance() async throws {
    let folder = try ShortFolder()
    let node = try await Self.node(folder)
    let disks = [try Self.image(folder, "a"), try Self.image(folder, "b")]
    let vm = try await node.fleet.create(node.spec("web", disks: disks))
    try await vm.detachDisk("disk0")
    let left = await vm.record
    #expect(left.devices.disks.map(\.number) == [1] && left.spec.disks[0].effectiveName(at: 0) == "disk1")
    _ = try await node.fleet.save(vm, into: "one", isDiskOnly: false)
    let copy = try await node.fleet.restore("one", name: "copy", disksOnly: false).vm
    let record = await copy.record
    #expect(record.devices == left.devices && record.spec.disks == left.spec.disks)
  }

  @Test(.timeLimit(.minutes(1))) func namesOfOthersAreThoseOfOneVM() async throws {
    let folder = try ShortFolder()
    let node = try await Self.node(folder)
    let name = DerivedName.of("Web server 1", kind: "vm")
    var disk = try Self.image(folder, "a")
    disk.name = DerivedName.ofDisk("The root", number: 0)
    var spec = node.spec(name, disks: [disk])
    spec.cdroms = [CDROMSpec(name: DerivedName.of("The tools", kind: "cdrom"))]
    let vm = try await node.fleet.create(
      spec, given: GivenNames(vm: "Web server 1", disks: ["The root"], drives: ["The tools"]))
    let before = await vm.record
    #expect(before.givenName == "Web server 1" && before.givenName(ofDrive: 0) == "The tools")
    _ = try await node.fleet.save(vm, into: "one", isDiskOnly: false)
    let other = try await node.fleet.restore("one", name: "other", disksOnly: false)
    let record = await other.vm.record
    #expect(record.givenName == nil && record.givenDrives == nil && record.deviceAddresses == nil)
    #expect(other.remarks.contains { $0.contains(name) }, "\(other.remarks)")
    try await node.fleet.delete(vm)
    let same = try await node.fleet.restore("one", name: nil, disksOnly: false)
    let again = await same.vm.record
    #expect(again.givenName == before.givenName && again.givenDrives == before.givenDrives && same.remarks.isEmpty)
    #expect(again.givenName(ofDisk: 0) == "The root" && same.vm.givenName == "Web server 1")
  }

  /// A guest that stands for its memory goes on: nobody is told that it is paused, and the news of netd does not wait for it.
  @Test(.timeLimit(.minutes(1))) func aPauseIsNotUndone() async throws {
    let folder = try ShortFolder()
    let node = try await Self.node(folder)
    let (vm, guest) = try await Self.running(node.spec("web", disks: [try Self.image(folder, "boot")]), node)
    let refusal = Mutex<Failure?>(nil)
    guest.change { facts in
      facts.duringMemory = { [weak vm] in
        await vm?.rulesAreSet(0)
        do throws(Failure) { try await vm?.submit(.pause) } catch { refusal.withLock { $0 = error } }
      }
    }
    _ = try await node.fleet.save(vm, into: "one", isDiskOnly: false)
    #expect(refusal.withLock { $0?.code } == .state && guest.facts.condition == .running)
    await Self.becomes(.running, vm)
    guest.change { $0.duringMemory = nil }
    try await vm.submit(.pause)
    try await vm.waitUntilDone("pause", timeout: .seconds(30))
    let failure = await #expect(throws: Failure.self) {
      try await node.fleet.save(vm, into: "two", isDiskOnly: false)
    }
    #expect(failure?.code == .state && guest.facts.condition == .paused)
    guest.end(.exited(0))
  }

  /// The supervisor ends while disks are copied, after the guest went on and somebody has paused it; or before it went on.
  @Test(.timeLimit(.minutes(1)), arguments: [false, true])
  func onlyOneThatStandsForItsMemoryGoesOn(_ stands: Bool) async throws {
    let folder = try ShortFolder()
    let host = FakeHost()
    let node = try await Self.node(folder, host)
    let (vm, guest) = try await Self.running(node.spec("web"), node)
    try await vm.submit(.pause)
    try await vm.waitUntilDone("pause", timeout: .seconds(30))
    try await vm.begins(
      PendingSave(
        snapshot: Snapshot(
          id: RecordID.random().wrappedValue, name: "", description: "", createdAt: Date(), parent: nil,
          state: .running, consistency: .memory, disks: [],
          hardware: stands
            ? SnapshotHardware(
              hypervisor: "fake 1", accelerator: "tcg", processor: nil, machine: "q35", memory: 32 << 20, vcpus: 1,
              devices: []) : nil),
        place: SavePlace.find("one", roots: [node.paths.saves], "save")))
    await node.context.events.flush()
    node.ends()
    let next = try await Self.node(folder, host)
    let found = try #require(await next.fleet.all().first)
    for await _ in await found.changes() where await found.record.pendingOperation == nil { break }
    #expect(guest.facts.condition == (stands ? .running : .paused))
    guest.end(.exited(0))
  }

  @Test(.timeLimit(.minutes(1))) func aGuestThatIsStillAnotherIsNotKept() async throws {
    let folder = try ShortFolder()
    let node = try await Self.node(folder)
    let (vm, guest) = try await Self.running(node.spec("web", disks: [DiskSpec(name: "root", size: 1 << 20)]), node)
    try await vm.isCopied(from: "former")
    let failure = await #expect(throws: Failure.self) { try await vm.createSnapshot(SnapshotOrder(name: "a")) }
    #expect(failure?.code == .state && failure?.cause.contains("former") == true)
    _ = try await vm.createSnapshot(SnapshotOrder(name: "b", isDiskOnly: true))
    try await vm.isCopied(from: nil)
    _ = try await vm.createSnapshot(SnapshotOrder(name: "a"))
    guest.end(.exited(0))
  }

  /// One without agent and cards has nothing to be told.
  @Test(.timeLimit(.minutes(1))) func nobodyIsToldWhoCannotBe() async throws {
    let folder = try ShortFolder()
    let node = try await Self.node(folder)
    let (vm, guest) = try await Self.running(node.spec("web", disks: [try Self.image(folder, "boot")]), node)
    _ = try await node.fleet.save(vm, into: "one", isDiskOnly: false)
    let copy = try await node.fleet.restore("one", name: "copy", disksOnly: false).vm
    let record = await copy.record
    #expect(record.wake != nil && record.copiedFrom == nil)
    guest.end(.exited(0))
  }
}

extension VirtualMachine {
  fileprivate func begins(_ save: PendingSave) async throws {
    try await keeper.edit { $0.pendingOperation = .save(save) }
  }

  fileprivate func isCopied(from former: String?) async throws { try await keeper.edit { $0.copiedFrom = former } }
}
