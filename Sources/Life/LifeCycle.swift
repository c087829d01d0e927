public import Failure

/// The life of one VM as a value: events in, effects out. No clock, no I/O, no randomness.
public struct LifeCycle: Hashable, Sendable {
  /// What has to be on disk before the effects begin.
  public internal(set) var memory: LifeMemory
  /// What follows an end that its owner did not request.
  public var policy: RestartPolicy
  /// Whether the guest agent's port is open.
  public internal(set) var agentConnected = false
  /// Why the guest is not well; nil if it is, or nobody knows.
  public internal(set) var unhealthyReason: Failure?

  /// Whether the guest has put itself to sleep. It counts as running: it goes on by itself when something wakes it.
  public internal(set) var isSuspended = false

  /// Counts what was undertaken and tried again. An answer to an earlier attempt does not settle the present one.
  public internal(set) var attempt: UInt64 = 0

  /// How far the request is, or the end; nil while an earlier life's is not taken up yet.
  var escalation: Escalation?
  /// Whether the guest was last seen standing still.
  var isHalted = false
  /// What was found out about the disk that holds the guest, or is about to.
  var holdReason: Failure?

  /// How long a start may take until the hypervisor answers, from when its turn has come.
  public static let startTimeout: Duration = .seconds(60)

  /// How long an unhealthy guest may take to power off before it is ended.
  public static let unhealthyTimeout: Duration = .seconds(10)

  /// How long a guest may take to power off if nobody says otherwise, or nobody knows any more.
  public static let stopGrace: Duration = .seconds(30)

  /// A life cycle as a record has it.
  public init(_ memory: LifeMemory = LifeMemory(), policy: RestartPolicy = .never) {
    self.memory = memory
    self.policy = policy
    // Records of earlier releases do not say what was to become of it.
    if memory.state == .stopping, memory.ending == nil {
      self.memory.ending = memory.why != nil && memory.desired == .on ? .failed : .stopped
    }
  }

  /// Where it stands.
  public var state: State { memory.state }
  /// What its owner wants.
  public var desired: Power { memory.desired }
  /// Counts the starts.
  public var generation: UInt64 { memory.generation }
  /// Why it is failed, or what ended it when the owner did not; of a paused one, why it is held.
  public var why: Failure? { memory.why }
  /// That the guest did not do what it was last asked to, and what was done to it then; nil if it obeyed.
  public var cut: Failure? { memory.cut }
  /// Whether it is paused because of an error of a disk.
  public var isHeld: Bool { state == .paused && memory.why != nil }
  /// The next automatic start, if one is to come.
  public var restart: RestartWait? { memory.restart }
  /// What was requested and is not done yet.
  public var request: RequestedOperation? { memory.request }

  /// Says its reasons in other words, as somebody does who knows more than it.
  public mutating func mapReasons(_ words: (Failure) -> Failure) {
    memory.why = memory.why.map(words)
    memory.cut = memory.cut.map(words)
    holdReason = holdReason.map(words)
    unhealthyReason = unhealthyReason.map(words)
  }

  /// Takes one event and says what to do.
  /// - Parameter jitter: a number of the moment, 0..<1: spreads the automatic starts of many VMs.
  /// - Throws: `.state` if a request cannot be granted in the present state. Observations never throw.
  public mutating func handle(_ event: Event, jitter: Double) throws(Failure) -> [Effect] {
    switch awake(event) {
    case .start: return try start()
    case .stop(let timeout): return stop(timeout: timeout)
    case .shutdown(let timeout): return try shutdown(timeout: timeout)
    case .kill: return kill()
    case .quiesce(let timeout): return quiesce(timeout: timeout)
    case .pause: return try pause()
    case .resume: return try resume()
    case .reboot(let hard, let timeout): return try reboot(hard: hard, timeout: timeout)
    case .monitorReady(let condition): return ready(condition)
    case .startFailed(let failure): return startFailed(failure)
    case .guest(let condition): return seen(condition)
    case .holdExplained(let reason):
      holdReason = reason
      if isHeld { memory.why = reason }
      return []
    case .answered(let number, let condition): return answered(number, condition)
    case .guestReset: return guestReset()
    case .agent(let connected): return agentPort(isOpen: connected)
    case .hypervisorLeaving: return leaving()
    case .healthy:
      unhealthyReason = nil
      return []
    case .unhealthy(let failure): return unhealthy(failure)
    case .processEnded(let how, let words): return ended(how, words, jitter)
    case .adopted(let condition): return adopted(condition)
    case .recovered(let hostRestarted): return recovered(hostRestarted, jitter)
    case .timer(let kind): return ranOut(kind)
    }
  }

  /// The event as of a guest that is awake; notes whether it is.
  private mutating func awake(_ event: Event) -> Event {
    func noted(_ condition: GuestCondition) -> GuestCondition {
      isSuspended = condition == .suspended
      return isSuspended ? .running : condition
    }
    switch event {
    case .monitorReady(let condition): return .monitorReady(noted(condition))
    case .guest(let condition): return .guest(noted(condition))
    case .answered(let attempt, let condition): return .answered(attempt: attempt, noted(condition))
    case .adopted(let condition): return .adopted(noted(condition))
    case .processEnded: isSuspended = false
    default: break
    }
    return event
  }

  private mutating func ranOut(_ kind: TimerKind) -> [Effect] {
    switch kind {
    case .start:
      guard state == .starting else { return [] }
      return startFailed(
        Failure(
          .timeout, part: .hypervisor, operation: "start",
          cause: "the hypervisor did not answer within \(Self.startTimeout)",
          remedy: Self.seeLog))
    case .step:
      attempt += 1
      return climb()
    case .restart: return startAgain()
    case .steady:
      if state == .running || state == .paused { memory.attempts = 0 }
      return []
    }
  }

  /// Takes up something that takes its time.
  mutating func undertake(_ request: RequestedOperation?, _ escalation: Escalation) -> [Effect] {
    memory.request = request
    attempt += 1
    self.escalation = escalation
    return climb()
  }

  private mutating func climb() -> [Effect] {
    guard var escalation else { return [] }
    let wasGentle = escalation.isGentle
    let effects = escalation.climb(agent: agentConnected)
    self.escalation = escalation
    if wasGentle, !escalation.isGentle {
      if memory.request?.isShutdown == true { return disregarded() }
      memory.cut = memory.request?.isReboot == true ? Self.reset : Self.powerCut
    }
    return effects
  }

  /// The guest was asked to power off and has not: that is said, and nothing done.
  mutating func disregarded() -> [Effect] {
    memory.cut = Self.disregard
    return settle()
  }

  /// It is done, or of no use any more.
  mutating func settle() -> [Effect] {
    guard memory.request != nil || escalation != nil else { return [] }
    memory.request = nil
    escalation = nil
    return [.disarm(.step)]
  }

  /// Ends the process.
  /// - Parameters:
  ///   - request: what the record says about how; nil if only the process is left to end.
  ///   - reason: known from now on, and in the record with this transition, though the process still lives.
  mutating func end(_ request: RequestedOperation?, by escalation: Escalation, as ending: Ending, _ reason: Failure?)
    -> [Effect]
  {
    // Whoever waits for the guest to power off is told that it is off, for whatever reason it ends.
    if memory.request?.isShutdown == true { memory.desired = .off }
    if state != .stopping { move(to: .stopping) }
    memory.ending = ending
    memory.why = reason
    return [.disarm(.start), .disarm(.steady)] + undertake(request, escalation)
  }

  mutating func move(to new: State) {
    precondition(State.transitions[state]?.contains(new) == true, "no transition from \(state) to \(new)")
    memory.state = new
  }
}
