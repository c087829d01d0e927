import Failure
import Life
import Linux
import Storage

/// Looks on a clock whether running VMs do what their states say, and whether somebody has set the host's clock.
package struct FleetWatch {
  package let fleet: Fleet

  package init(fleet: Fleet) {
    self.fleet = fleet
  }

  /// How often it looks.
  private static let interval: Duration = .seconds(5)

  /// Looks until it is cancelled.
  package func run() async {
    var clock = ClockWatch()
    var round = 0
    while !Task.isCancelled {
      let troubles = fleet.context.troubles
      troubles.noteClock(clock.trouble(wall: Clock.wall(), sinceBoot: Clock.sinceBoot()))
      let state = fleet.context.paths.state
      troubles.noteRoom(FileSystemSpace("the supervisor's state", path: state))
      for vm in await fleet.all() { await vm.lookAfter(round) }
      round += 1
      try? await Task.sleep(for: Self.interval)
    }
  }
}

extension VirtualMachine {
  /// Rounds between two calls of an agent that answers.
  private static let agentRounds = 6
  /// What a monitor may take before it is asked again.
  private static let monitorTimeout: Duration = .seconds(10)

  /// Looks once.
  fileprivate func lookAfter(_ round: Int) async {
    guard let run, life.state.hasProcess, life.state != .starting else { return }
    keepListener()
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
    let isItsTurn = (round + Int(id.utf8.last ?? 0)) % Self.agentRounds == 0
    if run.watch.agentSilence != nil || isItsTurn { askAgent(run) }
  }

  private func askMonitor(_ run: VMRun, _ now: Double) {
    guard !run.watch.isAsking, let machine = run.machine else { return }
    run.watch.isAsking = true
    if run.watch.answered == nil { run.watch.answered = now }
    let token = run.incarnation.token
    Task {
      let isHeard = (try? await machine.condition()) != nil
      guard let run = self.run, run.incarnation.token == token else { return }
      run.watch.isAsking = false
      if isHeard { run.watch.answered = Clock.sinceBoot() }
    }
  }

  private func tell(_ stall: Stall?, of run: VMRun) {
    guard stall != run.watch.stall else { return }
    // What its main thread does may change from look to look.
    if case .silent = stall, case .silent = run.watch.stall { return }
    let wasStalled = run.watch.stall != nil
    run.watch.stall = stall
    if let failure = state.stallFailure {
      context.log.warning("\(failure)", metadata: metadata)
      reporter.note(.warning, "its hypervisor stands still", .host, failure)
    } else if wasStalled {
      context.log.notice("its hypervisor goes on", metadata: metadata)
      reporter.note(.warning, "its hypervisor goes on", .host)
    }
    announce()
  }

  // MARK: the agent

  private func askAgent(_ run: VMRun) {
    guard life.state == .running, life.agentConnected, run.watch.stall == nil, !run.watch.isPinging,
      let agent = run.agent
    else { return }
    run.watch.isPinging = true
    let token = run.incarnation.token
    Task {
      let failure: Failure?
      do throws(Failure) {
        try await agent.ping(timeout: Self.monitorTimeout)
        failure = nil
      } catch {
        failure = error
      }
      agentHeard(failure, token)
    }
  }

  private func agentHeard(_ failure: Failure?, _ token: String) {
    guard let run, run.incarnation.token == token else { return }
    run.watch.isPinging = false
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
    announce()
  }

  // MARK: resets

  /// The machine was reset.
  func guestWasReset(byGuest: Bool) {
    guard let run else { return }
    let isAsked = !byGuest || isBeingRebooted
    let notifications = run.watch.resets.reset(isAsked: isAsked, at: Clock.sinceBoot())
    switch notifications {
    case .once: reporter.note(.guest, "the guest has started again by itself", .guest)
    case .again(let count):
      context.log.warning("the guest starts again and again: \(count) times", metadata: metadata)
      reporter.note(.guest, "the guest starts again and again", .guest, state.loopFailure)
    case .calm, nil: break
    }
    if notifications != nil { announce() }
  }

  private func guestIsCalm() {
    reporter.note(.guest, "the guest does not start again any more", .guest)
    announce()
  }

  private var isBeingRebooted: Bool { if case .reboot = life.request { true } else { false } }
}
