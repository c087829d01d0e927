package import FoundationEssentials
import Glibc
package import Life
import Linux
import VMSpec

/// What was requested of a VM and is not done yet, with its deadline as an instant.
package struct SavedRequest: Codable, Sendable, Hashable {
  package enum Kind: String, Codable, Sendable {
    case stop, kill, pause, resume, reboot, reset
  }

  package var kind: Kind
  /// When time is up, for those that have a time.
  package var deadline: Date?
  /// The time that was given, in seconds: more is never left, whatever was done to the clock.
  package var seconds: Double?
  /// The same end by a clock that nobody can set; nil in records of earlier releases.
  package var end: SavedInstant?

  init(_ request: RequestedOperation, at now: HostInstant) {
    let timeout: Duration?
    switch request {
    case .stop(let time): (kind, timeout) = (.stop, time)
    case .kill: (kind, timeout) = (.kill, nil)
    case .pause: (kind, timeout) = (.pause, nil)
    case .resume: (kind, timeout) = (.resume, nil)
    case .reboot(let hard, let time): (kind, timeout) = (hard ? .reset : .reboot, time)
    }
    seconds = timeout.map { Double($0.milliseconds) / 1000 }
    deadline = seconds.map { now.wall + $0 }
    end = seconds.map { SavedInstant(now, plus: $0) }
  }

  package func request(at now: HostInstant) -> RequestedOperation {
    let left = Duration.left(until: deadline, end, of: seconds, at: now)
    switch kind {
    case .stop: return .stop(timeout: left)
    case .kill: return .kill
    case .pause: return .pause
    case .resume: return .resume
    case .reboot: return .reboot(hard: false, timeout: left)
    case .reset: return .reboot(hard: true, timeout: left)
    }
  }
}

/// An automatic start that is to come, with its time as an instant.
package struct SavedRestart: Codable, Sendable, Hashable {
  package var attempt: Int
  var due: Date
  /// The pause that was decided, in seconds.
  package var seconds: Double
  /// The same instant by a clock that nobody can set; nil in records of earlier releases.
  package var end: SavedInstant?

  init(_ wait: RestartWait, at now: HostInstant) {
    attempt = wait.attempt
    seconds = Double(wait.delay.milliseconds) / 1000
    due = now.wall + seconds
    end = SavedInstant(now, plus: seconds)
  }

  package func wait(at now: HostInstant) -> RestartWait {
    RestartWait(attempt: attempt, delay: .left(until: due, end, of: seconds, at: now))
  }
}

extension Duration {
  /// What is left of a time: at least nothing, at most all of it. The wall clock counts only over a boot of the host, and
  /// whatever it has done.
  fileprivate static func left(
    until deadline: Date?, _ end: SavedInstant?, of seconds: Double?, at now: HostInstant
  ) -> Duration {
    guard let deadline, let seconds else { return .zero }
    let left = end?.seconds(to: now).map { -$0 } ?? deadline.timeIntervalSince(now.wall)
    return .milliseconds(Int64((min(max(0, left), max(0, seconds)) * 1000).rounded()))
  }
}

extension Record {
  /// The memory of a life cycle that goes on from here.
  package func memory(at now: HostInstant) -> LifeMemory {
    LifeMemory(
      state: state, desired: desired, generation: generation, why: why, cut: cut, request: request?.request(at: now),
      ending: ending, restart: restart?.wait(at: now), attempts: attempts ?? 0, restarts: restarts ?? 0)
  }

  /// Takes over what a life cycle has to remember. Instants stay where they were for what has not changed.
  /// - Parameter isNew: a request counts from now, though it be the same as the one before.
  mutating func keep(_ memory: LifeMemory, before: LifeMemory, at now: HostInstant, isNew: Bool) {
    if memory.state != before.state {
      if before.state == .starting, memory.state == .running || memory.state == .paused {
        startSeconds = entered?.seconds(to: now)
      }
      entered = SavedInstant(now)
    }
    state = memory.state
    desired = memory.desired
    generation = memory.generation
    why = memory.why
    cut = memory.cut
    ending = memory.ending
    attempts = memory.attempts == 0 ? nil : memory.attempts
    restarts = memory.restarts == 0 ? nil : memory.restarts
    boot = now.boot
    // Where nothing runs, nothing is frozen.
    if !memory.state.hasProcess { freeze = nil }
    if isNew || memory.request != before.request { request = memory.request.map { SavedRequest($0, at: now) } }
    if memory.restart != before.restart { restart = memory.restart.map { SavedRestart($0, at: now) } }
  }

  /// Seconds since it came into its state. Since before a start of the host only the wall clock tells.
  package func secondsInState(at now: HostInstant) -> Double {
    if let seconds = entered?.seconds(to: now) { return max(0, seconds) }
    let told = history.last { $0.to == state && $0.from != $0.to }?.time ?? createdAt
    return max(0, now.wall.timeIntervalSince(told))
  }
}

/// This boot of the host.
enum HostBoot {
  /// Random, made by the kernel (random(4)); empty if it cannot be read.
  static let id = ((try? Files.readText("/proc/sys/kernel/random/boot_id")) ?? "").filter { !$0.isWhitespace }
}

extension RestartPolicy {
  /// The policy of a specification, with the supervisor's defaults where that says nothing.
  init(_ spec: RestartSpec) {
    let kind: Kind =
      switch spec.policy {
      case .never: .never
      case .onFailure: .onFailure
      case .always: .always
      }
    self.init(kind, maxAttempts: spec.maxAttempts)
    if let first = spec.backoff { self.first = .seconds(first) }
    if let longest = spec.maxBackoff { self.longest = .seconds(longest) }
    if let resetAfter = spec.resetAfter { self.resetAfter = .seconds(resetAfter) }
  }
}
