import Failure
import Foundation
import Glibc
import Hypervisor
import Life
import Linux
import Synchronization
import Testing
import VMSpec

@testable import NodeCore

/// The supervisor ends at every write of a record: before it, and after it. Whatever it was about, the next one finds a
/// world that it can go on with.
@Suite struct FleetCrashTests {
  /// The files and machines of one moment.
  struct Moment: Sendable {
    var name: String
    var folder: String
    var host: FakeHost
  }

  /// Takes pictures of the world.
  final class Camera: Sendable {
    private let state = Mutex((moments: [Moment](), failure: String?.none))
    let folder: String
    let host: FakeHost

    init(_ folder: String, _ host: FakeHost) { (self.folder, self.host) = (folder, host) }

    var moments: [Moment] { state.withLock { $0.moments } }
    var failure: String? { state.withLock { $0.failure } }

    func write(_ content: [UInt8], _ path: String) throws(Errno) {
      take("before")
      try TurnFile(path).write(content)
      take("after")
    }

    private func take(_ when: String) {
      state.withLock { state in
        let name = "\(state.moments.count) \(when)"
        let copy = "\(folder)-\(state.moments.count)"
        do {
          try Self.copy(folder, to: copy)
          state.moments.append(Moment(name: name, folder: copy, host: try host.copy(FakeNode.paths(copy))))
        } catch {
          state.failure = state.failure ?? "\(name): \(error)"
        }
      }
    }

    /// Files and folders; sockets of a supervisor that is no more are of no use.
    private static func copy(_ source: String, to target: String) throws {
      try Files.makeFolders(target)
      for name in try FileManager.default.contentsOfDirectory(atPath: source) {
        let (from, to) = (source + "/" + name, target + "/" + name)
        var status = stat()
        guard lstat(from, &status) == 0 else { continue }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: try copy(from, to: to)
        case S_IFREG: try FileManager.default.copyItem(atPath: from, toPath: to)
        default: break
        }
      }
    }
  }

  /// A life with everything in it that is written down.
  private static func live(_ node: FakeNode) async throws {
    let vm = try await node.fleet.create(
      node.spec("web", restart: .onFailure, disks: [DiskSpec(name: "root", size: 1 << 20)]))
    try await vm.submit(.start)
    #expect(await vm.outcomeOfStart() == nil)
    try await vm.changeLimits(LimitsChange(disks: [.init(name: "root", iops: 100)]))
    _ = try await vm.attachDisk(DiskSpec(name: "data", size: 1 << 20))
    try await vm.submit(.pause)
    try await vm.waitUntilDone("pause", timeout: .seconds(30))
    try await vm.submit(.resume)
    try await vm.waitUntilDone("resume", timeout: .seconds(30))
    try await vm.detachDisk("data", removes: true)
    #expect(try await vm.powerOff(timeout: .seconds(30)) == nil)
    _ = try await vm.attachDisk(DiskSpec(name: "more", size: 1 << 20))
    try await vm.submit(.start)
    #expect(await vm.outcomeOfStart() == nil)
    node.host.guests.first?.end(.signalled(SIGSEGV))
    #expect(await vm.wait(for: [.state(.failed)], timeout: .seconds(30)) == .reached(.state(.failed)))
    try await vm.submit(.stop(timeout: .seconds(1)))
    try await node.fleet.delete(vm)
  }

  @Test(.timeLimit(.minutes(2))) func theNextSupervisorGoesOn() async throws {
    let short = try ShortFolder()
    let folder = short.path + "/w"
    try Files.makeFolders(folder)
    let host = FakeHost()
    let camera = Camera(folder, host)
    let node = try FakeNode(folder, host) { content, path throws(Errno) in try camera.write(content, path) }
    try await node.fleet.restore()
    try await Self.live(node)
    await node.context.events.flush()
    #expect(camera.failure == nil)
    #expect(camera.moments.count > 30)
    for moment in camera.moments { try await Self.goOn(from: moment) }
  }

  private static func goOn(from moment: Moment) async throws {
    let node = try FakeNode(moment.folder, moment.host)
    try await node.fleet.restore()
    #expect(await node.fleet.quarantined.isEmpty, "\(moment.name)")
    let all = await node.fleet.all()
    #expect(all.count <= 1, "\(moment.name)")
    if let vm = all.first {
      // What was begun is carried out by itself, or taken back; automatic starts have their own tests.
      for await _ in await vm.changes() {
        if await vm.life.restart != nil { try await vm.submit(.stop(timeout: .seconds(1))) }
        if await vm.isSettled { break }
      }
      let state = await vm.life.state
      let guests = moment.host.guests(of: vm.id)
      #expect(guests.count == (state.hasProcess ? 1 : 0), "\(moment.name): \(state), \(guests.count) machines")
      if let guest = guests.first {
        #expect(await vm.pid == guest.pid, "\(moment.name)")
        let wanted = Set(await vm.record.devices.disks.map { Device.disk($0.number) })
        #expect(guest.facts.devices == wanted, "\(moment.name)")
        for (disk, place) in zip(await vm.record.spec.disks, await vm.record.devices.disks) {
          let rate = guest.facts.rates[.disk(place.number)]?.operations ?? 0
          #expect(rate == UInt64(disk.iops ?? 0), "\(moment.name)")
        }
      }
      let written = try RecordStore.read(vm.paths.record, id: vm.id)
      #expect(await written.spec == vm.record.spec && written.state == state, "\(moment.name)")
      // It can be ended, and leaves nothing. A guest that stands still hears no power button.
      if state == .paused {
        try await vm.submit(.resume)
        try await vm.waitUntilDone("resume", timeout: .seconds(30))
      }
      if state.hasProcess {
        let cut = try await vm.powerOff(timeout: .seconds(30))
        #expect(cut == nil, "\(moment.name): \(String(describing: cut))")
      }
      // A fake machine has its lock in this process: a child that another suite starts has it too, up to its exec.
      for _ in 0..<1000 where LockFile.isHeld(vm.paths.lock) { try await Task.sleep(for: .milliseconds(1)) }
      try await node.fleet.delete(vm)
    }
    await node.context.events.flush()
    #expect(moment.host.guests.isEmpty, "\(moment.name)")
    #expect(node.context.limits.allocations.total == .none, "\(moment.name)")
    #expect(try Files.names(in: node.paths.vms).isEmpty, "\(moment.name)")
  }
}

extension VirtualMachine {
  /// Nothing is under way.
  fileprivate var isSettled: Bool {
    get async {
      guard record.pendingOperation == nil, life.request == nil, life.restart == nil,
        ![.starting, .stopping].contains(life.state)
      else { return false }
      // What was asked of the machine at its adoption shows in its condition first.
      guard let condition = try? await run?.machine?.condition() else { return run == nil }
      return (condition == .paused) == (life.state == .paused)
    }
  }
}
