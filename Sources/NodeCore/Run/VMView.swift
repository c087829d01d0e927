import Failure
import Hypervisor
import Life
import VMSpec

/// A VM as others see it. It changes nothing. Belongs to the VM's actor.
final class VMView {
  private let keeper: RecordKeeper
  private let state: VMState
  private let timers: LifeTimers
  private let console: ConsoleHub
  /// What the guest will not do although the specification asks for it. Nothing changes that part of it.
  private let seedWarnings: [Warning]

  init(_ keeper: RecordKeeper, _ state: VMState, _ timers: LifeTimers, _ console: ConsoleHub) {
    self.keeper = keeper
    self.state = state
    self.timers = timers
    self.console = console
    seedWarnings = keeper.record.spec.cloudInit?.warnings ?? []
  }

  private var record: Record { keeper.record }
  private var life: LifeCycle { state.life }
  private var run: VMRun? { state.run }
  private var health: HealthWatch? { run?.health }

  /// What is weaker than it could be, what will not be as it is wanted, and what its guest does to us.
  var warnings: Warnings {
    var warnings = run?.warnings ?? Warnings()
    for warning in seedWarnings { warnings.set(warning) }
    let troubles: [(String, Failure.Part, Failure?)] = [
      ("stall", .process, state.stallFailure), ("loop", .state, state.loopFailure),
      ("silence", .agent, run?.watch.agentSilence), ("sockets", .supervisor, state.uprooted),
    ]
    for (id, part, failure) in troubles {
      if let failure { warnings.set(Warning(id: id, part: part, failure)) }
    }
    return warnings
  }

  // MARK: life

  var progress: LifeProgress {
    LifeProgress(
      health: health?.health.state ?? .unknown, unhealthyReason: health?.health.cause ?? life.unhealthyReason,
      said: health?.health.cause == nil ? "" : health?.said ?? "",
      restarts: life.memory.restarts, attempt: life.restart?.attempt ?? life.memory.attempts,
      nextRestart: life.restart.map { _ in max(.zero, timers.restartDue - .now) },
      request: record.request?.kind.rawValue ?? "",
      isHeld: life.isHeld, isSuspended: life.isSuspended, cut: life.cut, stall: state.stallFailure,
      guestResets: run?.watch.resets.total ?? 0,
      loop: state.loopFailure, secondsInState: record.secondsInState(at: .now))
  }

  /// Whether its health check is passed; nil while nobody knows.
  private var isHealthy: Bool? {
    switch health?.health.state {
    case .healthy: true
    case .unhealthy: false
    case .unknown, .starting, nil: nil
    }
  }

  /// Whether it was started again as often as its policy permits.
  var hasGivenUp: Bool {
    life.state == .failed && life.desired == .on && life.restart == nil
      && life.policy.maxAttempts.map { life.memory.attempts >= $0 } ?? false
  }

  // MARK: metrics

  /// The VM as the board is to see it.
  var summary: VMSummary {
    let spec = record.spec
    let console = spec.console ? VMSummary.Console(bytes: console.bytes, dropped: console.droppedBytes) : nil
    return VMSummary(
      id: record.id, name: state.name, state: life.state, generation: life.generation, restarts: life.memory.restarts,
      startDuration: lastStartDuration, agentConnected: state.agentAnswers, isHeld: life.isHeld,
      isStalled: run?.watch.stall != nil, guestResets: run?.watch.resets.total ?? 0, isHealthy: isHealthy,
      hasGivenUp: hasGivenUp, warnings: warnings.count, vcpus: spec.vcpus, memory: spec.memory,
      machine: spec.machine.rawValue, console: console, run: life.state.hasProcess ? run.map { summary($0) } : nil)
  }

  private func summary(_ run: VMRun) -> VMSummary.Run {
    VMSummary.Run(
      token: run.incarnation.token, pid: run.process.pid, startTime: run.incarnation.startTime,
      accelerator: run.incarnation.accelerator,
      cards: record.ports.map { VMSummary.Card(name: "\(Device.nic(Int($0.nic)))", tap: $0.tap) },
      drives: driveNames, machine: run.machine)
  }

  /// Names of the disks and drives.
  private var driveNames: [Device: String] {
    var names: [Device: String] = [:]
    let spec = record.spec
    for (index, (disk, place)) in zip(spec.disks, record.devices.disks).enumerated() {
      names[.disk(place.number)] = disk.effectiveName(at: index)
    }
    for (index, drive) in spec.cdroms.enumerated() {
      names[.drive(index)] = drive.effectiveName(at: index)
    }
    return names
  }

  /// How long the last start that succeeded took.
  private var lastStartDuration: UInt64? { record.startSeconds.map { UInt64(max(0, min($0, 1e6)) * 1e6) } }
}
