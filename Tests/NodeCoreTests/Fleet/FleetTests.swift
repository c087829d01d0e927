import Failure
import Glibc
import Hypervisor
import Life
import Linux
import Testing
import VMSpec

@testable import NodeCore

/// A whole fleet, over machines that are values: neither root nor a hypervisor.
@Suite struct FleetTests {
  private static let count = 1000
  /// The host has room for so many of them.
  private static let room = 990

  /// Bytes that one of them takes of the host.
  private static func demand(_ spec: VMSpec) -> UInt64 { ResourceRequest(spec, isEmulated: true).memory }

  @Test func aThousandMachines() async throws {
    let folder = try ShortFolder()
    let host = FakeHost()
    let spec = VMSpec(name: "x", memory: 32 << 20, boot: .firmware(.bios))
    let memory = Self.demand(spec) * UInt64(Self.room)
    let first = try FakeNode(folder.path, host, memory: memory)
    try await first.fleet.restore()
    for number in 0..<Self.count {
      // Those with even numbers are started again when they die.
      _ = try await first.fleet.create(first.spec("vm\(number)", restart: number % 2 == 0 ? .onFailure : .never))
    }

    // Starts: as many as there is room for, and a reason for each of the others.
    let refusals: [Failure] = await withTaskGroup(of: Failure?.self) { group in
      for vm in await first.fleet.all() {
        group.addTask {
          do throws(Failure) { try await vm.submit(.start) } catch { return error }
          return await vm.outcomeOfStart()
        }
      }
      return await group.reduce(into: []) { if let why = $1 { $0.append(why) } }
    }
    #expect(refusals.count == Self.count - Self.room)
    #expect(refusals.allSatisfy { $0.code == .exhausted && $0.part == .limit }, "\(refusals.first?.description ?? "")")
    #expect(host.guests.count == Self.room)
    #expect(Set(host.guests.map(\.id)).count == Self.room, "none runs twice")
    #expect(first.context.limits.allocations.total.memory == memory)

    // Deaths: those that are to come again wait for their turn and keep their place, the others give it back.
    let all = await first.fleet.all()
    var running: [VirtualMachine] = []
    for vm in all where await vm.life.state == .running { running.append(vm) }
    let dying = running.prefix(100)
    for vm in dying { host.guests(of: vm.id).first?.end(.signalled(SIGSEGV)) }
    for vm in dying {
      #expect(await vm.wait(for: [.state(.failed)], timeout: .seconds(60)) == .reached(.state(.failed)))
    }
    var waiting = 0
    for vm in dying where await vm.life.restart != nil { waiting += 1 }
    let gone = dying.count - waiting
    #expect(waiting > 0 && gone > 0)
    let promised = first.context.limits.allocations.total
    #expect(promised.memory == Self.demand(spec) * UInt64(Self.room - gone))

    // Adoption: the next supervisor finds each as it was left, and starts those again that wait.
    first.ends()
    let living = Dictionary(grouping: host.guests, by: \.id).mapValues { $0.map(\.pid) }
    let second = try FakeNode(folder.path, host, memory: memory)
    try await second.fleet.restore()
    #expect(await second.fleet.quarantined.isEmpty)
    for vm in await second.fleet.all() {
      guard let pids = living[vm.id] else { continue }
      #expect(await vm.pid == pids.first)
      #expect(await vm.life.state == .running && host.guests(of: vm.id).count == 1)
    }
    #expect(second.context.limits.allocations.total == promised, "who was refused a place has none now")

    // Whatever is deleted leaves nothing.
    await withTaskGroup { group in
      for vm in await second.fleet.all() {
        group.addTask {
          do throws(Failure) {
            if await vm.life.state.hasProcess { _ = try await vm.powerOff(timeout: .seconds(60)) }
            if await vm.life.restart != nil { try await vm.submit(.stop(timeout: .seconds(60))) }
            _ = await vm.waitUntilEnded(timeout: .seconds(60))
            try await second.fleet.delete(vm)
          } catch { Issue.record("\(error)") }
        }
      }
    }
    #expect(host.guests.isEmpty)
    #expect(second.context.limits.allocations.total == .none)
    #expect(try Files.names(in: second.paths.vms).isEmpty)
    #expect(try Files.names(in: second.paths.running).isEmpty)
    await first.context.events.flush()
    await second.context.events.flush()
  }

  /// What a machine refuses is as if it had never been asked for: in the record, in the account of the host, in the guest.
  @Test func whatAMachineRefusesIsUndone() async throws {
    let folder = try ShortFolder()
    let host = FakeHost()
    let node = try FakeNode(folder.path, host)
    let vm = try await node.fleet.create(node.spec("web", disks: [DiskSpec(name: "root", size: 1 << 20)]))
    try await vm.submit(.start)
    #expect(await vm.outcomeOfStart() == nil)
    let guest = try #require(host.guests.first)
    try await vm.changeLimits(LimitsChange(disks: [.init(name: "root", iops: 100)]))
    #expect(guest.facts.rates[.disk(0)]?.operations == 100)

    guest.change { $0.refusal = Failure(.system, operation: "plug", cause: "no") }
    let before = try RecordStore.read(vm.paths.record, id: vm.id)
    let (rates, devices) = (guest.facts.rates, guest.facts.devices)
    let refused = await #expect(throws: Failure.self) {
      _ = try await vm.attachDisk(DiskSpec(name: "data", size: 1 << 20))
    }
    #expect(refused?.cause == "no")
    await #expect(throws: Failure.self) {
      try await vm.changeLimits(LimitsChange(disks: [.init(name: "root", iops: 7)]))
    }
    let after = try RecordStore.read(vm.paths.record, id: vm.id)
    #expect(after.spec == before.spec && after.pendingOperation == nil && after.images == before.images)
    #expect(guest.facts.rates == rates && guest.facts.devices == devices)
    #expect(!Files.exists(vm.paths.disk("data.qcow2")), "an image that was made for it goes too")

    guest.change { $0.refusal = nil }
    #expect(try await vm.attachDisk(DiskSpec(name: "data", size: 1 << 20)) == "data")
    #expect(guest.facts.devices == [.disk(0), .disk(1)])
    try await vm.detachDisk("data", removes: true)
    #expect(guest.facts.devices == [.disk(0)])
    #expect(try await vm.powerOff(timeout: .seconds(30)) == nil)
    try await node.fleet.delete(vm)
    await node.context.events.flush()
  }

  /// A guest that does not obey is cut, and everybody is told so.
  @Test func whoDoesNotObeyIsCut() async throws {
    let folder = try ShortFolder()
    let host = FakeHost()
    let node = try FakeNode(folder.path, host)
    let vm = try await node.fleet.create(node.spec("deaf"))
    try await vm.submit(.start)
    #expect(await vm.outcomeOfStart() == nil)
    host.guests.first?.change { $0.isObedient = false }
    let cut = try await vm.powerOff(timeout: .seconds(1))
    #expect(cut?.code == .timeout, "\(String(describing: cut))")
    #expect(host.guests.isEmpty)
    #expect(await vm.record.history.contains { $0.what == LifeCycle.disobedience })
    await node.context.events.flush()
  }

  /// A start that the host refuses leaves no process, no place and no lock, and says why.
  @Test func aStartThatIsRefusedLeavesNothing() async throws {
    let folder = try ShortFolder()
    let host = FakeHost()
    let node = try FakeNode(folder.path, host)
    let vm = try await node.fleet.create(node.spec("web"))
    host.refuse(Failure(.system, operation: "launch hypervisor", cause: "there is none"))
    try await vm.submit(.start)
    let why = await vm.outcomeOfStart()
    #expect(why?.cause.contains("there is none") == true && why?.part != nil, "\(String(describing: why))")
    #expect(host.guests.isEmpty && node.context.limits.allocations.total == .none)
    #expect(!LockFile.isHeld(vm.paths.lock))
    host.refuse(nil)
    try await vm.submit(.start)
    #expect(await vm.outcomeOfStart() == nil)
    try await vm.submit(.kill)
    #expect(await vm.waitUntilEnded(timeout: .seconds(30)))
    await node.context.events.flush()
  }
}
