import Failure

/// The end of a process, and what follows it.
extension LifeCycle {
  mutating func ended(_ how: HowEnded, _ words: String, _ jitter: Double) -> [Effect] {
    guard state.hasProcess else { return [] }
    // It is off, as its owner has asked, though not by the guest. Who asked before the host went down was not answered.
    if memory.request?.isShutdown == true, how != .hostRestarted { memory.desired = .off }
    if memory.ending == nil {
      memory.ending = state == .stopping ? .stopped : .failed
      if memory.ending == .failed { memory.why = Self.death(how, words) }
    }
    let ending = memory.ending ?? .failed
    move(to: ending == .failed ? .failed : .stopped)
    memory.ending = nil
    memory.request = nil
    escalation = nil
    agentConnected = false
    isHalted = false
    holdReason = nil
    unhealthyReason = nil
    return [.disarm(.start), .disarm(.step), .disarm(.steady), .cleanUp]
      + follow(ending, isOfHost: how == .hostRestarted, jitter)
  }

  private mutating func follow(_ ending: Ending, isOfHost: Bool, _ jitter: Double) -> [Effect] {
    guard desired == .on, ending != .quiesced || isOfHost else { return [] }
    if isOfHost { memory.attempts = 0 }
    switch policy.answer(to: ending == .quiesced ? .failed : ending, why, attempts: memory.attempts, jitter: jitter) {
    case .stay: return []
    case .again(let wait): return expect(isOfHost ? RestartWait(attempt: 0, delay: wait.delay) : wait)
    case .giveUp(let starts):
      if state == .stopped { move(to: .failed) }
      memory.why = Self.surrender(after: starts, why)
      return []
    }
  }

  private mutating func expect(_ next: RestartWait) -> [Effect] {
    memory.restart = next
    return [.arm(.restart, after: next.delay)]
  }

  mutating func recovered(_ hostRestarted: Bool, _ jitter: Double) -> [Effect] {
    guard !state.hasProcess else { return [] }
    if let left = memory.restart { return [.arm(.restart, after: min(left.delay, policy.longest))] }
    guard hostRestarted, desired == .on, state == .failed || state == .stopped else { return [] }
    // A new start of the host is a new chance, also for what was given up before.
    return follow(.failed, isOfHost: true, jitter)
  }

  /// The effect of the timer `restart`.
  mutating func startAgain() -> [Effect] {
    guard !state.hasProcess, desired == .on, let wait = memory.restart else { return [] }
    memory.restart = nil
    memory.attempts = wait.attempt
    memory.restarts += 1
    return launch()
  }

  mutating func launch() -> [Effect] {
    memory.desired = .on
    memory.generation += 1
    (memory.why, memory.cut, holdReason) = (nil, nil, nil)
    move(to: .starting)
    return [.launch]
  }

  /// The owner has decided otherwise.
  mutating func forgetRestart() -> [Effect] {
    guard memory.restart != nil else { return [] }
    memory.restart = nil
    return [.disarm(.restart)]
  }
}
