import Failure
import FoundationEssentials
import Life
import Linux

extension VirtualMachine {
  /// Compares the record with what runs, after a start of ours: takes a living hypervisor back, or notes that it is gone.
  package func adopt() async {
    await takeBackProcess()
    await devices.reconcileDevices()
  }

  private func takeBackProcess() async {
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
      perform(.launch)
      return
    }
    guard isHeld, let incarnation = knownIncarnation ?? foundIncarnation,
      let process = context.host.process(pid: incarnation.pid, startTime: incarnation.startTime)
    else {
      ownsRuntime = !isHeld
      let gone: HowEnded = isOfAnotherBoot ? .hostRestarted : .unknown
      await hasEnded(isHeld ? .unidentified : gone)
      return
    }
    ports.adopt(incarnation.handles)
    take(process, incarnation)
    await limits.holdLimits()
    do throws(Failure) {
      let condition = try await connect(timeout: Self.adoptionTimeout)
      keeper.remark("adopted after a restart of the supervisor")
      await observe(.adopted(condition))
    } catch {
      lookAtRuntimeFolder(isSure: true)
      if state.uprooted == nil {
        run?.warnings.set(
          Warning(
            id: Self.monitorWarning, part: .process, cause: "the monitor does not answer: \(error.cause)",
            remedy: "it is tried again by itself; if the guest hangs too: vmsupervisor kill \(name)"))
      }
      context.log.error("\(error)", metadata: metadata)
      // Stopping goes on without a monitor: signals work too.
      if life.state == .stopping { await observe(.adopted(.running)) }
      Task { await self.reconnect(incarnation.token) }
    }
    announce()
  }

  /// The identity of the warning that the hypervisor's monitor does not answer.
  package static let monitorWarning = "monitor"

  /// As it was written down, if its process lives.
  private var knownIncarnation: Incarnation? {
    RecordStore.incarnation(paths.incarnation).flatMap {
      context.host.process(pid: $0.pid, startTime: $0.startTime) == nil ? nil : $0
    }
  }

  /// As its process tells it, for one whose file was removed.
  private var foundIncarnation: Incarnation? {
    guard let found = context.host.search(id, context.backend) else { return nil }
    context.log.warning(
      "\(paths.incarnation) is missing; the hypervisor is found by its command line, pid \(found.pid)",
      metadata: metadata)
    return found.incarnation(generation: life.generation)
  }

  private var isOfAnotherBoot: Bool { record.boot.map { $0 != HostBoot.id } ?? false }

  /// How long a hypervisor may take to greet a supervisor that has come back; after that it is tried in the background.
  private static let adoptionTimeout: Duration = .seconds(3)
}
