import Failure
import Glibc
import Hypervisor
import Life
import Linux
import VMSpec

/// Checks whether the guest does its work, as long as it runs. Belongs to the VM's actor.
final class HealthChecks {
  private let keeper: RecordKeeper
  private let state: VMState
  private let reporter: VMReporter
  private let observe: Observe

  init(_ keeper: RecordKeeper, _ state: VMState, _ reporter: VMReporter, _ observe: @escaping Observe) {
    self.keeper = keeper
    self.state = state
    self.reporter = reporter
    self.observe = observe
  }

  private var life: LifeCycle { state.life }
  private var run: VMRun? { state.run }

  /// Sees to it that a running guest is checked, and no other.
  func tend(isolation: isolated (any Actor)? = #isolation) {
    guard life.state == .running else {
      // Halted guests answer nobody; what was known stays to be seen.
      run?.health?.task?.cancel()
      run?.health?.task = nil
      if !life.state.hasProcess { run?.health = nil }
      return
    }
    if run?.health?.task == nil { begin(isFresh: run?.health != nil) }
  }

  /// Checks from now on.
  /// - Parameter isFresh: the guest has just begun, or been let go on; otherwise it is as old as its process.
  func begin(isFresh: Bool, isolation: isolated (any Actor)? = #isolation) {
    let spec = keeper.record.spec.health
    run?.health?.task?.cancel()
    guard spec.check != .none, life.state == .running, let run else {
      run?.health = nil
      return
    }
    let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    let now = Clock.sinceBoot()
    let start = Double(run.incarnation.startTime) / ticks
    let watch = HealthWatch(spec, born: isFresh || start == 0 ? now : min(start, now))
    run.health = watch
    let here = OnActor(self, of: isolation)
    watch.task = Task { await here.run { await $0.check(spec) } }
  }

  nonisolated(nonsending) private func check(_ spec: HealthSpec) async {
    while !Task.isCancelled {
      let finding = await probe(spec)
      guard !Task.isCancelled, let health = run?.health else { return }
      // A guest whose disk has failed stands still already, though its state may not say so yet; and one whose file systems
      // are frozen waits for us, as one whose memory is being written into a snapshot does.
      let waits = keeper.record.freeze != nil || keeper.record.pendingOperation?.isOfImages == true
      if finding.failure == nil || run?.diskErrors.isEmpty == true && !waits {
        let before = health.health
        health.said = finding.said
        let edge = health.health.checked(finding.failure, age: health.age)
        if let edge { await observe(edge) }
        if health.health != before { reporter.announce() }
      }
      try? await Task.sleep(for: .seconds(spec.interval))
    }
  }

  /// One check.
  nonisolated(nonsending) private func probe(_ spec: HealthSpec) async -> GuestProbe.ProgramFinding {
    let timeout = Duration.seconds(spec.timeout)
    let address = keeper.record.ports.first?.address
    let agent = life.agentConnected ? run?.agent : nil
    do throws(Failure) {
      switch spec.check {
      case .none: break
      case .agent: try await connected(agent).ping(timeout: timeout)
      case .exec: return try await GuestProbe.run(spec.command, by: connected(agent), timeout: timeout)
      case .tcp: try await GuestProbe.connect(to: try GuestProbe.target(address, spec.port), timeout: timeout)
      case .http:
        try await GuestProbe.get(spec.path ?? "/", from: try GuestProbe.target(address, spec.port), timeout: timeout)
      }
      return GuestProbe.ProgramFinding()
    } catch {
      return GuestProbe.ProgramFinding(failure: error)
    }
  }

  private func connected(_ agent: GuestAgent?) throws(Failure) -> GuestAgent {
    if let agent { return agent }
    throw Failure(
      .unavailable, part: .health, operation: GuestProbe.operation, object: state.name,
      cause: "its guest agent is not connected",
      remedy: "install and start qemu-guest-agent in the guest, or check its health in another way")
  }
}
