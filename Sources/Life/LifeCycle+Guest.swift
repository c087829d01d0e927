import Failure

/// What is seen of the guest while its process lives.
extension LifeCycle {
  mutating func ready(_ condition: GuestCondition) -> [Effect] {
    guard state == .starting else { return [] }
    move(to: .running)
    return [.disarm(.start)] + armSteady() + seen(condition)
  }

  mutating func startFailed(_ failure: Failure) -> [Effect] {
    guard state == .starting else { return [] }
    // The process may or may not exist; killing decides it, and `processEnded` always follows.
    return end(.kill, by: .kill, as: .failed, failure)
  }

  mutating func seen(_ condition: GuestCondition) -> [Effect] {
    guard state == .running || state == .paused || state == .stopping else { return [] }
    isHalted = condition != .running
    if state == .stopping, condition != .panicked, condition != .broken {
      guard let ending = memory.ending, condition != .running, escalation?.isGentle == true else { return [] }
      // It has obeyed; or it was halted meanwhile and hears nothing.
      if condition != .shutDown { memory.cut = Self.deafness(isHeld: condition == .held) }
      return end(nil, by: .leave, as: ending, why)
    }
    switch condition {
    case .running, .suspended:
      if state == .paused { move(to: .running) }
      letGo()
      return takeUp()
    case .paused:
      // A reset machine stands for a moment, which is part of the reboot.
      if state == .running, memory.request?.isReboot != true { move(to: .paused) }
      letGo()
      return takeUp()
    case .held:
      if state == .running { move(to: .paused) }
      memory.why = holdReason ?? Self.hold
      return takeUp()
    case .shutDown, .panicked:
      if memory.request?.isReboot == true { return resetEnded() }
      // It was asked to, and has.
      if memory.request?.isShutdown == true {
        memory.desired = .off
        return condition == .shutDown ? end(nil, by: .leave, as: .stopped, nil) : failed(Self.panic)
      }
      return condition == .shutDown ? switchedOff() : failed(Self.panic)
    case .broken: return failed(Self.breakdown)
    }
  }

  /// No disk holds it any more.
  private mutating func letGo() { (memory.why, holdReason) = (nil, nil) }

  /// The guest opens or closes its agent's port.
  mutating func agentPort(isOpen: Bool) -> [Effect] {
    let isNew = isOpen && state.hasProcess && !agentConnected
    agentConnected = isOpen && state.hasProcess
    // An agent that comes while the guest is being asked has not heard it yet.
    guard isNew, escalation?.isGentle == true else { return [] }
    return [memory.request?.isReboot == true ? .askAgentToReboot : .askAgent]
  }

  /// What an earlier life of ours was asked for and had not done.
  private mutating func takeUp() -> [Effect] {
    guard escalation == nil, let request = memory.request else { return [] }
    switch request {
    case .pause: return undertake(request, .pause)
    case .resume: return undertake(request, .resume)
    case .reboot(let hard, let left):
      let isDeaf = hard || isHalted || left <= .zero
      if isDeaf, !hard { memory.cut = Self.reset }
      return undertake(request, isDeaf ? .reset : .reboot(timeout: left, agent: agentConnected))
    case .shutdown(let left):
      // Time has passed while nobody asked; or it hears nothing.
      guard left > .zero, !isHalted else { return disregarded() }
      return undertake(request, .shutdown(timeout: left, agent: agentConnected))
    case .stop, .kill: return []
    }
  }

  /// It was asked to start again and has ended instead: the reset button starts it.
  private mutating func resetEnded() -> [Effect] {
    if let escalation, !escalation.isGentle { return [] }
    return undertake(memory.request, .reset)
  }

  mutating func answered(_ number: UInt64, _ condition: GuestCondition) -> [Effect] {
    let effects = seen(condition)
    // What was done for an earlier request says nothing about the present one.
    guard number == attempt, state == .running || state == .paused, let request = memory.request else { return effects }
    switch (request, condition) {
    case (.pause, .paused), (.pause, .held), (.reboot, .running): return effects + settle()
    // It was let go on, and its disk has failed again: the state says why.
    case (.resume, .held): return effects + settle()
    case (.reboot, .held) where escalation?.isResume == true: return effects + settle()
    case (.resume, .running): return effects + settle() + [.setClock]
    // A machine that stood still does so after the reset too. The request stays, so that the end before it is not taken
    // for one of the guest's own.
    case (.reboot, .paused) where escalation?.isResume != true: return effects + undertake(request, .resume)
    // It has ended again before anybody knew that it ran.
    case (.reboot, .shutDown) where escalation?.isResume == true,
      (.reboot, .panicked) where escalation?.isResume == true:
      return effects + undertake(request, .reset)
    default: return effects
    }
  }

  /// It has started again by itself, as it was asked to.
  mutating func guestReset() -> [Effect] {
    guard state == .running, !isHalted, memory.request?.isReboot == true, escalation?.isGentle == true else {
      return []
    }
    return settle()
  }

  mutating func unhealthy(_ failure: Failure) -> [Effect] {
    guard state.hasProcess else { return [] }
    unhealthyReason = failure
    // Who sleeps answers nobody.
    guard state == .running, !isSuspended, memory.request == nil, policy.kind != .never else { return [] }
    memory.cut = nil
    return end(
      .stop(timeout: Self.unhealthyTimeout), by: .stop(timeout: Self.unhealthyTimeout, agent: agentConnected),
      as: .failed,
      Failure(
        failure.code, part: .health, operation: "keep running", cause: "it is unhealthy: \(failure.cause)",
        remedy: failure.remedy, errno: failure.errno))
  }

  mutating func leaving() -> [Effect] {
    guard state == .running || state == .paused || state == .starting else { return [] }
    return failed(Self.dismissal)
  }

  mutating func adopted(_ condition: GuestCondition) -> [Effect] {
    switch state {
    case .starting: return ready(condition)
    case .stopping: return goOnEnding(condition)
    default: return armSteady() + seen(condition)
    }
  }

  /// How it was being ended died with us; the deadline did not.
  private mutating func goOnEnding(_ condition: GuestCondition) -> [Effect] {
    let ending = memory.ending ?? .stopped
    switch memory.request {
    case .kill: return end(.kill, by: .kill, as: ending, why)
    case .stop(let left) where condition == .running && left > .zero:
      return end(memory.request, by: .stop(timeout: left, agent: agentConnected), as: ending, why)
    case nil where condition == .running && why == nil:
      // A record of an earlier release, or a guest that was let go on by somebody else.
      let timeout = Self.stopGrace
      return end(.stop(timeout: timeout), by: .stop(timeout: timeout, agent: agentConnected), as: ending, why)
    case .stop:
      switch condition {
      case .running, .suspended: memory.cut = Self.powerCut
      case .paused, .held: memory.cut = Self.deafness(isHeld: condition == .held)
      case .shutDown, .panicked, .broken: break
      }
      return end(nil, by: .leave, as: ending, why)
    default: return end(nil, by: .leave, as: ending, why)
    }
  }

  private func armSteady() -> [Effect] {
    memory.attempts > 0 ? [.arm(.steady, after: policy.resetAfter)] : []
  }

  private mutating func failed(_ reason: Failure) -> [Effect] { end(nil, by: .leave, as: .failed, reason) }

  private mutating func switchedOff() -> [Effect] {
    // Under `always` only its owner can want it off.
    if policy.kind != .always { memory.desired = .off }
    return end(
      nil, by: .leave, as: .stopped,
      Failure(.state, part: .state, operation: "keep running", cause: "the guest switched itself off"))
  }
}
