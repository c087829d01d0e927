import Failure
import Hypervisor
import Life
import Linux

/// Looks on a clock whether a run does what its state says. Belongs to the VM's actor.
final class RunWatcher {
  let state: VMState
  let reporter: VMReporter
  let paths: VMPaths
  /// The runtime folder of all VMs.
  let folder: String
  private let screen: VMScreen
  private let inquirer: GuestInquirer

  init(
    _ state: VMState, _ reporter: VMReporter, _ paths: VMPaths, folder: String, _ screen: VMScreen,
    _ inquirer: GuestInquirer
  ) {
    self.state = state
    self.reporter = reporter
    self.paths = paths
    self.folder = folder
    self.screen = screen
    self.inquirer = inquirer
  }

  var life: LifeCycle { state.life }
  var run: VMRun? { state.run }
  var name: String { state.name }

  /// Rounds between two calls of an agent that answers.
  private static let agentRounds = 6
  /// What a monitor may take before it is asked again.
  private static let monitorTimeout: Duration = .seconds(10)

  /// Looks once.
  func look(_ round: Int, isolation: isolated (any Actor)? = #isolation) {
    guard let run, life.state.hasProcess, life.state != .starting else { return }
    screen.keepListener()
    let now = Clock.sinceBoot()
    if let facts = ProcessFacts(pid: run.process.pid), facts.state != "Z" {
      let stall = Stall.of(state: facts.state, silence: run.watch.answered.map { now - $0 } ?? 0)
      // One that is let go on gets its time to answer.
      if stall == .stopped || stall == .traced { run.watch.answered = now }
      tell(stall, of: run)
    }
    if run.watch.resets.look(at: now) == .calm { guestIsCalm() }
    lookAtRuntimeFolder(isSure: false)
    askMonitor(run, now)
    // Not all guests are woken at once.
    let isItsTurn = (round + Int(reporter.id.utf8.last ?? 0)) % Self.agentRounds == 0
    if run.watch.agentSilence != nil || isItsTurn { askAgent(run) }
  }

  private func askMonitor(_ run: VMRun, _ now: Double, isolation: isolated (any Actor)? = #isolation) {
    guard !run.watch.isAsking, let machine = run.machine else { return }
    run.watch.isAsking = true
    if run.watch.answered == nil { run.watch.answered = now }
    let token = run.incarnation.token
    let here = OnActor(self, of: isolation)
    Task {
      let isHeard = (try? await machine.condition()) != nil
      await here.run { $0.monitorHeard(isHeard, token) }
    }
  }

  private func monitorHeard(_ isHeard: Bool, _ token: String) {
    guard let run, run.incarnation.token == token else { return }
    run.watch.isAsking = false
    if isHeard { run.watch.answered = Clock.sinceBoot() }
  }

  private func tell(_ stall: Stall?, of run: VMRun) {
    guard stall != run.watch.stall else { return }
    // What its main thread does may change from look to look.
    if case .silent = stall, case .silent = run.watch.stall { return }
    let wasStalled = run.watch.stall != nil
    run.watch.stall = stall
    if let failure = state.stallFailure {
      reporter.log(.warning, "\(failure)")
      reporter.note(.warning, "its hypervisor stands still", .host, failure)
    } else if wasStalled {
      reporter.log(.notice, "its hypervisor goes on")
      reporter.note(.warning, "its hypervisor goes on", .host)
    }
    reporter.announce()
  }

  // MARK: the agent

  private func askAgent(_ run: VMRun, isolation: isolated (any Actor)? = #isolation) {
    guard life.state == .running, life.agentConnected, run.watch.stall == nil, !run.watch.isPinging,
      let agent = run.agent
    else { return }
    run.watch.isPinging = true
    let token = run.incarnation.token
    let here = OnActor(self, of: isolation)
    Task { await here.run { await $0.listen(to: agent, token) } }
  }

  nonisolated(nonsending) private func listen(to agent: GuestAgent, _ token: String) async {
    let failure: Failure?
    do throws(Failure) {
      try await agent.ping(timeout: Self.monitorTimeout)
      failure = nil
    } catch {
      failure = error
    }
    guard let run, run.incarnation.token == token else { return }
    run.watch.isPinging = false
    if failure == nil {
      inquirer.heard()
      inquirer.look()
    }
    guard life.state == .running, life.agentConnected, run.watch.stall == nil else { return }
    // One that has left meanwhile is told of in another way; one that is busy with others answers them.
    if let failure, failure.code != .timeout { return }
    guard (failure == nil) != (run.watch.agentSilence == nil) else { return }
    run.watch.agentSilence = failure.map { _ in
      Failure(
        .timeout, part: .agent, operation: "reach the guest agent", object: name, cause: RunWatch.agentSilence,
        remedy: "the agent or the whole guest may hang: vmsupervisor console \(name); if only the agent does, there: "
          + "kill -CONT $(pidof qemu-ga)")
    }
    reporter.noteSparingly(failure == nil ? "agent answers again" : "agent does not answer", run.watch.agentSilence)
    reporter.announce()
  }

  // MARK: resets

  /// The machine was reset.
  func guestWasReset(byGuest: Bool) {
    guard let run else { return }
    let isAsked = !byGuest || isBeingRebooted
    let notifications = run.watch.resets.reset(isAsked: isAsked, at: Clock.sinceBoot())
    switch notifications {
    case .once: reporter.note(.guest, "the guest has started again by itself", .guest, change: .rebooted)
    case .again(let count):
      reporter.log(.warning, "the guest starts again and again: \(count) times")
      reporter.note(.guest, "the guest starts again and again", .guest, state.loopFailure, change: .rebooted)
    case .calm, nil: break
    }
    if notifications != nil { reporter.announce() }
  }

  private func guestIsCalm() {
    reporter.note(.guest, "the guest does not start again any more", .guest)
    reporter.announce()
  }

  private var isBeingRebooted: Bool { if case .reboot = life.request { true } else { false } }
}
