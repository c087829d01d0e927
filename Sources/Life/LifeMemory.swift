public import Failure

/// What has to outlive us for a life to go on: a record holds it, and it is on disk before any effect begins.
public struct LifeMemory: Hashable, Sendable {
  /// Where it stands.
  public var state: State
  /// What its owner wants.
  public var desired: Power
  /// Counts the starts: each hypervisor process of this VM has a number of its own.
  public var generation: UInt64
  /// Why it is failed, or what ended it when the owner did not; of a paused one, why it is held.
  public var why: Failure?
  /// That the guest did not do what it was last asked to, and what was done to it then; nil if it obeyed, or nobody has
  /// asked since it was started.
  public var cut: Failure?
  /// What was requested of it and is not done yet; in `stopping`, how it is being ended.
  public var request: RequestedOperation?
  /// What it becomes when the process is gone. Only in `stopping`.
  public var ending: Ending?
  /// The next automatic start, if one is to come.
  public var restart: RestartWait?
  /// Automatic starts since the owner's last, or since it ran long enough.
  public var attempts: Int
  /// Automatic starts since it was made.
  public var restarts: UInt64

  /// A memory; without arguments that of a VM that was never started.
  public init(
    state: State = .pending, desired: Power = .off, generation: UInt64 = 0, why: Failure? = nil,
    cut: Failure? = nil, request: RequestedOperation? = nil, ending: Ending? = nil, restart: RestartWait? = nil,
    attempts: Int = 0,
    restarts: UInt64 = 0
  ) {
    self.state = state
    self.desired = desired
    self.generation = generation
    self.why = why
    self.cut = cut
    self.request = request
    self.ending = ending
    self.restart = restart
    self.attempts = attempts
    self.restarts = restarts
  }
}

/// What was requested of a VM with a process and is not done yet. Times count from the request; in a life that begins with a
/// request of an earlier one they are what is left.
public enum RequestedOperation: Hashable, Sendable {
  /// End gently, and in any case within that time.
  case stop(timeout: Duration)
  /// Power off if the guest does so within that time.
  case shutdown(timeout: Duration)
  /// End at once.
  case kill
  /// Halt.
  case pause
  /// Go on.
  case resume
  /// Start the guest again.
  case reboot(hard: Bool, timeout: Duration)

  /// Whether the guest is to start again.
  public var isReboot: Bool {
    if case .reboot = self { true } else { false }
  }

  /// Whether nothing but the guest itself is to end it.
  public var isShutdown: Bool {
    if case .shutdown = self { true } else { false }
  }
}

/// What a VM becomes when its process is gone.
public enum Ending: String, Codable, Sendable {
  /// Ended as somebody requested.
  case stopped
  /// Ended as nobody requested.
  case failed
  /// Ended because the host goes down: nothing follows until it is up again.
  case quiesced
}

/// An automatic start that is to come.
public struct RestartWait: Hashable, Sendable {
  /// Its number, from 1; 0 for one that is not counted because the host was to blame.
  public var attempt: Int
  /// Time from the end to the start; in a life that begins with it, what is left.
  public var delay: Duration

  /// An automatic start.
  public init(attempt: Int, delay: Duration) {
    self.attempt = attempt
    self.delay = delay
  }
}
