import Failure
import FoundationEssentials
import Hypervisor
import Life
import Linux

/// What becomes of a VM after a start of the supervisor: its record is compared with what runs. Belongs to the VM's actor.
final class Adoption {
  private let keeper: RecordKeeper
  private let state: VMState
  private let reporter: VMReporter
  private let paths: VMPaths
  private let backend: any Backend
  private let host: any HypervisorHost
  private let process: VMProcess
  private let start: VMStart
  private let ports: VMPorts
  private let limits: VMLimits
  private let guest: GuestConnections
  private let watcher: RunWatcher
  private let devices: VMDevices
  private let observe: Observe

  init(
    _ keeper: RecordKeeper, _ state: VMState, _ reporter: VMReporter, _ paths: VMPaths, _ backend: any Backend,
    _ host: any HypervisorHost, _ process: VMProcess, _ start: VMStart, _ ports: VMPorts, _ limits: VMLimits,
    _ guest: GuestConnections, _ watcher: RunWatcher, _ devices: VMDevices, _ observe: @escaping Observe
  ) {
    self.keeper = keeper
    self.state = state
    self.reporter = reporter
    self.paths = paths
    self.backend = backend
    self.host = host
    self.process = process
    self.start = start
    self.ports = ports
    self.limits = limits
    self.guest = guest
    self.watcher = watcher
    self.devices = devices
    self.observe = observe
  }

  private var record: Record { keeper.record }
  private var life: LifeCycle { state.life }

  /// Compares the record with what runs, after a start of ours: takes a living hypervisor back, or notes that it is gone.
  nonisolated(nonsending) func adopt() async {
    await takeBackProcess()
    if record.pendingSave != nil { settleSave() } else { await devices.reconcileDevices() }
  }

  /// Its folder may be on a file system that hangs, which holds up neither the node nor other VMs.
  private func settleSave(isolation: isolated (any Actor)? = #isolation) {
    let here = OnActor(devices, of: isolation)
    Task { await here.run { await $0.reconcileDevices() } }
  }

  nonisolated(nonsending) private func takeBackProcess() async {
    guard life.state.hasProcess else {
      // A crash between the record of an end and the clearing away after it.
      if !LockFile.isHeld(paths.lock) { try? Files.removeFolder(paths.runtime) }
      await limits.removal()
      await observe(.recovered(hostRestarted: isOfAnotherBoot))
      return
    }
    let isHeld = LockFile.isHeld(paths.lock)
    if !isHeld, life.state == .starting, RecordStore.incarnation(paths.incarnation)?.generation != life.generation {
      // The request was written down and nothing came of it yet.
      start.begin()
      return
    }
    guard isHeld, let incarnation = knownIncarnation ?? foundIncarnation,
      let found = host.process(pid: incarnation.pid, startTime: incarnation.startTime)
    else {
      process.ownsRuntime = !isHeld
      let gone: HowEnded = isOfAnotherBoot ? .hostRestarted : .unknown
      await process.hasEnded(isHeld ? .unidentified : gone)
      return
    }
    ports.adopt(incarnation.handles)
    process.take(found, incarnation)
    await limits.holdLimits()
    do throws(Failure) {
      let condition = try await guest.connect(timeout: Self.adoptionTimeout)
      keeper.remark("adopted after a restart of the supervisor")
      await observe(.adopted(condition))
    } catch {
      watcher.lookAtRuntimeFolder(isSure: true)
      if state.uprooted == nil {
        state.run?.warnings.set(
          Warning(
            id: Warnings.monitor, part: .process, cause: "the monitor does not answer: \(error.cause)",
            remedy: "it is tried again by itself; if the guest hangs too: vmsupervisor kill \(state.name)"))
      }
      reporter.log(.error, "\(error)")
      // Stopping goes on without a monitor: signals work too.
      if life.state == .stopping { await observe(.adopted(.running)) }
      guest.reconnectInBackground(incarnation.token)
    }
    reporter.announce()
  }

  /// As it was written down, if its process lives.
  private var knownIncarnation: Incarnation? {
    RecordStore.incarnation(paths.incarnation).flatMap {
      host.process(pid: $0.pid, startTime: $0.startTime) == nil ? nil : $0
    }
  }

  /// As its process tells it, for one whose file was removed.
  private var foundIncarnation: Incarnation? {
    guard let found = host.search(record.id, backend) else { return nil }
    reporter.log(
      .warning, "\(paths.incarnation) is missing; the hypervisor is found by its command line, pid \(found.pid)")
    return found.incarnation(generation: life.generation)
  }

  private var isOfAnotherBoot: Bool { record.boot.map { $0 != HostBoot.id } ?? false }

  /// How long a hypervisor may take to greet a supervisor that has come back; after that it is tried in the background.
  private static let adoptionTimeout: Duration = .seconds(3)
}
