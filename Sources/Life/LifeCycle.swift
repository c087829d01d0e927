public import Failure

/// The life of one VM as a value: events in, effects out. No clock, no I/O, no randomness.
public struct LifeCycle: Hashable, Sendable {
  /// Where it stands.
  public private(set) var state: State
  /// What its owner wants.
  public private(set) var desired: Power
  /// Counts the starts: each hypervisor process of this VM has a number of its own.
  public private(set) var generation: UInt64
  /// Why it is failed, or what ended it when the owner did not.
  public private(set) var why: Failure?
  /// Whether the guest agent's port is open.
  public private(set) var agentConnected = false

  private var ladder: StopLadder?
  private var outcome: Outcome?

  /// How long a start may take until the hypervisor answers, from when its turn has come.
  public static let startTimeout: Duration = .seconds(60)

  /// How long a stop that was found half done may still take.
  public static let resumedStopTimeout: Duration = .seconds(30)

  /// What the VM becomes when its process is gone.
  private enum Outcome: Hashable, Sendable {
    case stopped(Failure?)
    case failed(Failure)
  }

  /// A life cycle as a record has it.
  public init(state: State = .pending, desired: Power = .off, generation: UInt64 = 0, why: Failure? = nil) {
    self.state = state
    self.desired = desired
    self.generation = generation
    self.why = why
    // What was to become of it when we were interrupted: the reason is in the record since the end began.
    if state == .stopping, let why { outcome = desired == .on ? .failed(why) : .stopped(why) }
  }

  /// Takes one event and says what to do.
  /// - Throws: `.state` if a wish cannot be granted in the present state. Observations never throw.
  public mutating func handle(_ event: Event) throws(Failure) -> [Effect] {
    switch event {
    case .start: return try start()
    case .stop(let timeout): return stop(timeout: timeout)
    case .kill: return kill()
    case .monitorReady(let condition): return ready(condition)
    case .startFailed(let failure): return startFailed(failure)
    case .guest(let condition): return seen(condition)
    case .agent(let connected):
      agentConnected = connected && state.hasProcess
      return []
    case .hypervisorLeaving: return leaving()
    case .processEnded(let how, let words): return ended(how, words)
    case .adopted(let condition): return adopted(condition)
    case .timer(let kind): return ranOut(kind)
    }
  }

  // MARK: wishes

  private mutating func start() throws(Failure) -> [Effect] {
    switch state {
    case .pending, .stopped, .failed:
      desired = .on
      generation += 1
      why = nil
      outcome = nil
      ladder = nil
      move(to: .starting)
      return [.launch]
    case .starting, .running, .paused, .migrating:
      desired = .on
      return []
    case .stopping:
      throw Failure(
        .state, step: "start", cause: "it is stopping", cure: "wait until it is stopped, then start it")
    }
  }

  private mutating func stop(timeout: Duration) -> [Effect] {
    desired = .off
    switch state {
    case .pending, .stopped, .failed: return []
    case .stopping:
      // The newest wish counts, as long as the guest has not ended by itself.
      guard ladder?.isGentle == true else { return [] }
      return end(by: .gentle(timeout: timeout, agent: agentConnected), as: outcome ?? .stopped(nil))
    case .starting: return end(by: .kill, as: .stopped(nil))
    case .running, .migrating: return end(by: .gentle(timeout: timeout, agent: agentConnected), as: .stopped(nil))
    // A halted guest hears neither agent nor power button.
    case .paused: return end(by: .leave, as: .stopped(nil))
    }
  }

  private mutating func kill() -> [Effect] {
    desired = .off
    guard state.hasProcess else { return [] }
    return end(by: .kill, as: outcome ?? .stopped(nil))
  }

  // MARK: observations

  private mutating func ready(_ condition: GuestCondition) -> [Effect] {
    guard state == .starting else { return [] }
    move(to: .running)
    return [.disarm(.start)] + seen(condition)
  }

  private mutating func startFailed(_ failure: Failure) -> [Effect] {
    switch state {
    case .starting:
      // The process may or may not exist; killing decides it, and `processEnded` always follows.
      return [.disarm(.start)] + end(by: .kill, as: .failed(failure))
    default: return []
    }
  }

  private mutating func seen(_ condition: GuestCondition) -> [Effect] {
    guard state == .running || state == .paused || state == .stopping else { return [] }
    switch condition {
    case .running:
      if state == .paused { move(to: .running) }
      return []
    case .paused:
      if state == .running { move(to: .paused) }
      return []
    case .shutDown:
      if state == .stopping, let outcome { return end(by: .leave, as: outcome) }
      desired = .off
      return end(
        by: .leave, as: .stopped(Failure(.state, step: "keep running", cause: "the guest switched itself off")))
    case .panicked:
      return end(
        by: .leave,
        as: .failed(
          Failure(
            .system, step: "keep running", cause: "the guest's kernel panicked",
            cure: "see the last console lines: vmsupervisor logs")))
    case .broken:
      return end(
        by: .leave,
        as: .failed(
          Failure(
            .system, step: "keep running", cause: "the hypervisor stopped the guest after an internal or I/O error",
            cure: "see the hypervisor's log and the space left for its disks")))
    }
  }

  private mutating func leaving() -> [Effect] {
    guard state == .running || state == .paused || state == .starting else { return [] }
    return end(
      by: .leave,
      as: .failed(
        Failure(
          .system, step: "keep running", cause: "somebody else told the hypervisor to end",
          cure: "use vmsupervisor stop or kill instead of signals")))
  }

  private mutating func adopted(_ condition: GuestCondition) -> [Effect] {
    switch state {
    case .starting: return ready(condition)
    case .stopping:
      // How it was being stopped died with us; its owner's wish did not.
      let ladder: StopLadder =
        condition == .running ? .gentle(timeout: Self.resumedStopTimeout, agent: agentConnected) : .leave
      return end(by: ladder, as: outcome ?? .stopped(nil))
    default: return seen(condition)
    }
  }

  private mutating func ended(_ how: HowEnded, _ words: String) -> [Effect] {
    guard state.hasProcess else { return [] }
    let unforeseen: Outcome = state == .stopping && desired == .off ? .stopped(nil) : .failed(Self.death(how, words))
    switch outcome ?? unforeseen {
    case .stopped(let reason):
      why = reason
      move(to: .stopped)
    case .failed(let reason):
      why = reason
      move(to: .failed)
    }
    outcome = nil
    ladder = nil
    agentConnected = false
    return [.disarm(.start), .disarm(.rung), .cleanUp]
  }

  private mutating func ranOut(_ kind: TimerKind) -> [Effect] {
    switch kind {
    case .start:
      guard state == .starting else { return [] }
      return startFailed(
        Failure(
          .timeout, step: "start", cause: "the hypervisor did not answer within \(Self.startTimeout)",
          cure: "see the hypervisor's log: vmsupervisor status VM"))
    case .rung: return ladder?.climb() ?? []
    }
  }

  // MARK: changes

  private mutating func end(by new: StopLadder, as result: Outcome) -> [Effect] {
    if state != .stopping { move(to: .stopping) }
    outcome = result
    // Known from now on, and in the record with this transition, though the process still lives.
    switch result {
    case .stopped(let reason): why = reason
    case .failed(let reason): why = reason
    }
    ladder = new
    return [.disarm(.start)] + (ladder?.climb() ?? [])
  }

  private mutating func move(to new: State) {
    precondition(State.transitions[state]?.contains(new) == true, "no transition from \(state) to \(new)")
    state = new
  }

  /// The reason when a process ended and nobody had said why it would.
  private static func death(_ how: HowEnded, _ words: String) -> Failure {
    var cause =
      switch how {
      case .exited(let status): "the hypervisor ended with status \(status)"
      case .signalled(let number): "the hypervisor was ended by signal \(number)"
      case .unknown: "the hypervisor is gone, and nobody saw how it ended"
      case .unidentified: "something still holds the VM's lock, but its incarnation cannot be read"
      }
    if !words.isEmpty { cause += ": \(words)" }
    return Failure(
      .system, step: "keep running", cause: cause, cure: "see the hypervisor's log: vmsupervisor status VM")
  }
}
