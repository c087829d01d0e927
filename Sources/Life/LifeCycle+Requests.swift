import Failure

/// What the owner wants.
extension LifeCycle {
  mutating func start() throws(Failure) -> [Effect] {
    switch state {
    case .pending, .stopped, .failed:
      let effects = forgetRestart()
      memory.attempts = 0
      return effects + launch()
    case .starting, .running, .paused, .migrating:
      memory.desired = .on
      return []
    case .stopping:
      throw Failure(
        .state, part: .state, operation: "start", cause: "it is stopping",
        remedy: "wait until it is stopped, then start it")
    }
  }

  mutating func stop(timeout: Duration) -> [Effect] {
    memory.desired = .off
    forgetCut()
    let gently = Escalation.stop(timeout: timeout, agent: agentConnected)
    switch state {
    case .pending, .stopped, .failed: return forgetRestart()
    case .starting: return end(.kill, by: .kill, as: .stopped, nil)
    case .running, .migrating: return end(.stop(timeout: timeout), by: gently, as: .stopped, nil)
    case .paused:
      memory.cut = Self.deafness(isHeld: isHeld)
      return end(nil, by: .leave, as: .stopped, nil)
    case .stopping:
      // What another life of ours began is taken up when the process has been found; the newest request is in the record.
      guard let escalation else {
        if memory.request != .kill { memory.request = .stop(timeout: timeout) }
        return []
      }
      // The newest request counts, as long as the guest has not ended by itself.
      guard escalation.isGentle else { return [] }
      return end(.stop(timeout: timeout), by: gently, as: memory.ending ?? .stopped, why)
    }
  }

  mutating func shutdown(timeout: Duration) throws(Failure) -> [Effect] {
    switch state {
    case .pending, .stopped, .failed:
      memory.desired = .off
      return forgetRestart()
    // It ends already, whoever has requested that; and is not to come back.
    case .stopping:
      memory.desired = .off
      return []
    case .running:
      guard !isSuspended else {
        throw Failure(
          .state, part: .state, operation: "stop",
          cause: "the guest has put itself to sleep, and hears neither agent nor power button",
          remedy: "wake it first: vmsupervisor resume VM, by the API ResumeVM; or end it: vmsupervisor kill VM, by the "
            + "API ForceStopVM")
      }
      // What halts or resets it may be on its way already, and the guest would not hear.
      guard memory.request == nil || memory.request?.isShutdown == true else {
        throw Failure(
          .state, part: .state, operation: "stop", cause: "it is being paused, resumed or rebooted",
          remedy: "wait until that is done, then try again; or end it: vmsupervisor kill VM, by the API ForceStopVM")
      }
      forgetCut()
      return undertake(.shutdown(timeout: timeout), .shutdown(timeout: timeout, agent: agentConnected))
    case .paused:
      throw Failure(
        .state, part: .state, operation: "stop",
        cause: (isHeld ? "a disk error holds it" : "it is paused")
          + ", and a halted guest hears neither agent nor power button",
        remedy:
          "let it go on first: vmsupervisor resume VM, by the API ResumeVM; or end it: vmsupervisor kill VM, by the "
          + "API ForceStopVM")
    case .starting, .migrating:
      throw Failure(
        .state, part: .state, operation: "stop", cause: "it is \(state.rawValue), and no guest is there to be asked",
        remedy: "wait until it runs: vmsupervisor wait VM --state running; or end it: vmsupervisor kill VM, by the API "
          + "ForceStopVM")
    }
  }

  mutating func kill() -> [Effect] {
    memory.desired = .off
    guard state.hasProcess else { return forgetRestart() }
    forgetCut()
    return end(.kill, by: .kill, as: memory.ending ?? .stopped, state == .stopping ? why : nil)
  }

  mutating func quiesce(timeout: Duration) -> [Effect] {
    forgetCut()
    switch state {
    // An automatic start that is to come does so on the host as it is then.
    case .pending, .stopped, .failed: return memory.restart == nil ? [] : [.disarm(.restart)]
    case .starting: return end(.kill, by: .kill, as: .quiesced, Self.hostDown)
    case .running, .migrating:
      return end(
        .stop(timeout: timeout), by: .stop(timeout: timeout, agent: agentConnected), as: .quiesced, Self.hostDown)
    case .paused:
      memory.cut = Self.deafness(isHeld: isHeld)
      return end(nil, by: .leave, as: .quiesced, Self.hostDown)
    // It ends as it is.
    case .stopping: return []
    }
  }

  mutating func pause() throws(Failure) -> [Effect] {
    try needGuest("pause")
    guard !isSuspended else {
      throw Failure(
        .state, part: .state, operation: "pause", cause: "the guest has put itself to sleep, and stands still anyway",
        remedy: "wake it first: vmsupervisor resume VM")
    }
    switch memory.request {
    case .pause: return []
    case .reboot: throw beingRebooted("pause")
    case .resume: return undertake(.pause, .pause)
    default: return state == .paused ? [] : undertake(.pause, .pause)
    }
  }

  mutating func resume() throws(Failure) -> [Effect] {
    try needGuest("resume")
    switch memory.request {
    // A guest that is started again goes on anyway.
    case .resume, .reboot: return []
    case .pause: return undertake(.resume, .resume)
    default: return state == .running ? (isSuspended ? [.wake] : []) : undertake(.resume, .resume)
    }
  }

  mutating func reboot(hard: Bool, timeout: Duration) throws(Failure) -> [Effect] {
    try needGuest("reboot")
    if !hard, state == .paused || memory.request == .pause {
      throw Failure(
        .state, part: .state, operation: "reboot",
        cause: isHeld
          ? "a disk error holds it, and a halted guest hears neither agent nor power button"
          : "it is paused, and a halted guest hears neither agent nor power button",
        remedy: "resume it first, or reboot it hard")
    }
    // One that has come to the reset button already is as hard as can be.
    if memory.request?.isReboot == true, escalation?.isGentle == false { return [] }
    forgetCut()
    return undertake(
      .reboot(hard: hard, timeout: timeout), hard ? .reset : .reboot(timeout: timeout, agent: agentConnected))
  }

  /// Something new is requested of a running guest: what it did with the last request is past.
  private mutating func forgetCut() {
    if state == .running || state == .paused || state == .migrating { memory.cut = nil }
  }

  private func needGuest(_ operation: String) throws(Failure) {
    let remedy: String
    switch state {
    case .running, .paused: return
    case .pending, .stopped, .failed: remedy = "start it: vmsupervisor start VM"
    case .starting: remedy = "wait until it runs: vmsupervisor wait VM --state running"
    case .stopping: remedy = "wait until it is stopped, then start it"
    case .migrating: remedy = "wait until it has arrived on the other host"
    }
    throw Failure(.state, part: .state, operation: operation, cause: "it is \(state.rawValue)", remedy: remedy)
  }

  private func beingRebooted(_ operation: String) -> Failure {
    Failure(
      .state, part: .state, operation: operation, cause: "it is being rebooted",
      remedy: "wait until it has, then try again")
  }
}
