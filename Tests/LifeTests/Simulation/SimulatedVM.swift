import Life

/// One VM of a simulated host: what the supervisor knows, what is on disk, and what is really there.
final class SimulatedVM {
  let name: Int
  let policy: RestartPolicy

  // What dies with the supervisor.
  var life: LifeCycle
  /// When each timer runs out, in milliseconds of the steady clock.
  var timers: [TimerKind: Int] = [:]
  /// A launch that was begun and has not reported yet.
  var launching: UInt64?
  /// Reports of monitor and watchers that have not been taken yet.
  var mail: [Event] = []
  /// Whether the monitor answers.
  var isConnected = true

  // What does not.
  var disk = SavedMemory(memory: LifeMemory(), wall: 0)
  var process: Process?
  /// Start of the last process that left an incarnation on this boot of the host.
  var incarnation: UInt64?
  /// Whether the process cannot be recognised any more, though it holds the lock.
  var isGhost = false
  /// Boot of the host that the record is of.
  var boot = 0

  // What those who look on expect.
  var wanted = Power.off
  var wantsPause = false
  /// The guest has switched itself off in a way that counts.
  var isOffByGuest = false

  struct Process {
    var generation: UInt64
    var condition = GuestCondition.running
    /// It has switched itself off once, which may have been told late.
    var hasObeyed = false
    /// It was told to end and will.
    var isEnding = false
  }

  init(name: Int, policy: RestartPolicy) {
    self.name = name
    self.policy = policy
    life = LifeCycle(policy: policy)
  }

  /// The supervisor is gone.
  func forget() {
    timers.removeAll()
    mail.removeAll()
    launching = nil
  }

  var description: String {
    "VM \(name): \(life.memory), timers \(timers), process \(process.map { "\($0)" } ?? "none"), wanted \(wanted.rawValue)"
  }
}

/// A memory as a record has it: what is left of a time became an instant of the wall clock.
struct SavedMemory {
  var memory: LifeMemory
  /// Deadline of the request and instant of the next start, in milliseconds of the wall clock.
  var deadline = 0
  var due = 0

  init(memory: LifeMemory, wall: Int) {
    self.memory = memory
    deadline = wall + (memory.request?.timeout ?? 0)
    due = wall + (memory.restart?.delay.milliseconds ?? 0)
  }

  /// The memory of a new life, whatever the wall clock has done meanwhile.
  func read(wall: Int) -> LifeMemory {
    var memory = memory
    let left = Duration.milliseconds(min(max(0, deadline - wall), memory.request?.timeout ?? 0))
    switch memory.request {
    case .stop: memory.request = .stop(timeout: left)
    case .shutdown: memory.request = .shutdown(timeout: left)
    case .reboot(let hard, _): memory.request = .reboot(hard: hard, timeout: left)
    default: break
    }
    if let wait = memory.restart {
      memory.restart?.delay = .milliseconds(min(max(0, due - wall), wait.delay.milliseconds))
    }
    return memory
  }
}

extension RequestedOperation {
  /// In milliseconds.
  fileprivate var timeout: Int {
    switch self {
    case .stop(let timeout), .shutdown(let timeout), .reboot(_, let timeout): timeout.milliseconds
    default: 0
    }
  }
}

extension Duration {
  var milliseconds: Int { Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000) }
}

extension Event {
  var isShutdown: Bool { if case .shutdown = self { true } else { false } }

  var isRequest: Bool {
    switch self {
    case .start, .stop, .shutdown, .kill, .quiesce, .pause, .resume, .reboot: true
    default: false
    }
  }
}
