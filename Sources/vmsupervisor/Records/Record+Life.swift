import FoundationEssentials
import Glibc
import Hypervisor
import Life
import Linux

/// What was wished of a VM and is not done yet, with its deadline as an instant.
struct SavedWish: Codable, Sendable, Hashable {
  enum Kind: String, Codable, Sendable {
    case stop, kill, pause, resume, reboot, reset
  }

  var kind: Kind
  /// When time is up, for those that have a time.
  var deadline: Date?
  /// The time that was given, in seconds: more is never left, whatever was done to the clock.
  var seconds: Double?

  init(_ wish: Wish, at now: Date) {
    let timeout: Duration?
    switch wish {
    case .stop(let time): (kind, timeout) = (.stop, time)
    case .kill: (kind, timeout) = (.kill, nil)
    case .pause: (kind, timeout) = (.pause, nil)
    case .resume: (kind, timeout) = (.resume, nil)
    case .reboot(let hard, let time): (kind, timeout) = (hard ? .reset : .reboot, time)
    }
    seconds = timeout.map { Double($0.milliseconds) / 1000 }
    deadline = seconds.map { now + $0 }
  }

  func wish(at now: Date) -> Wish {
    let left = Duration.left(until: deadline, of: seconds, at: now)
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
struct SavedRestart: Codable, Sendable, Hashable {
  var attempt: Int
  var due: Date
  /// The pause that was decided, in seconds.
  var seconds: Double

  init(_ wait: RestartWait, at now: Date) {
    attempt = wait.attempt
    seconds = Double(wait.delay.milliseconds) / 1000
    due = now + seconds
  }

  func wait(at now: Date) -> RestartWait {
    RestartWait(attempt: attempt, delay: .left(until: due, of: seconds, at: now))
  }
}

extension Duration {
  /// What is left of a time, whatever the wall clock has done: at least nothing, at most all of it.
  fileprivate static func left(until end: Date?, of seconds: Double?, at now: Date) -> Duration {
    guard let end, let seconds else { return .zero }
    return .milliseconds(Int64(min(max(0, end.timeIntervalSince(now)), max(0, seconds)) * 1000))
  }
}

extension Record {
  /// The memory of a life cycle that goes on from here.
  func memory(at now: Date) -> LifeMemory {
    LifeMemory(
      state: state, desired: desired, generation: generation, why: why, cut: cut, wish: wish?.wish(at: now),
      ending: ending, restart: restart?.wait(at: now), attempts: attempts ?? 0, restarts: restarts ?? 0)
  }

  /// Takes over what a life cycle has to remember. Instants stay where they were for what has not changed.
  /// - Parameter isNew: a wish counts from now, though it be the same as the one before.
  mutating func keep(_ memory: LifeMemory, before: LifeMemory, at now: Date, isNew: Bool) {
    state = memory.state
    desired = memory.desired
    generation = memory.generation
    why = memory.why
    cut = memory.cut
    ending = memory.ending
    attempts = memory.attempts == 0 ? nil : memory.attempts
    restarts = memory.restarts == 0 ? nil : memory.restarts
    boot = HostBoot.id
    if isNew || memory.wish != before.wish { wish = memory.wish.map { SavedWish($0, at: now) } }
    if memory.restart != before.restart { restart = memory.restart.map { SavedRestart($0, at: now) } }
  }

  /// Everything that `keep` has changed, as it was.
  mutating func takeBack(_ old: Record) {
    (state, desired, generation, why) = (old.state, old.desired, old.generation, old.why)
    (wish, ending, restart, attempts, restarts) = (old.wish, old.ending, old.restart, old.attempts, old.restarts)
    (boot, cut, story) = (old.boot, old.cut, old.story)
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
