import Failure
import Hypervisor
import Life
import Linux

/// A VM as it stands at one instant.
struct Status: Sendable {
  var record: Record
  var agentConnected: Bool
  /// The running process, if there is one.
  var incarnation: Incarnation?
  var facts: ProcessFacts?
  var warnings: [String]
  /// Those of `warnings` that its host is the cause of and that last as long as it does.
  var weaknesses: [String]
  /// What was collected about it last.
  var usage: VMSample?
  var paths: VMPaths
  var limits: LimitStanding
  var standing: LifeStanding
}

/// What beside its state is to be said of a VM's life.
struct LifeStanding: Sendable {
  var health: Health.State
  /// Why the last check failed.
  var illness: Failure?
  /// The last line that the program of that check wrote; empty if it wrote none.
  var said = ""
  /// Automatic starts since it was made.
  var restarts: UInt64
  /// Automatic starts in a row; of the one that is to come, its number.
  var attempt: Int
  /// Time until it; nil if none is to come.
  var nextRestart: Duration?
  /// What was wished and is not done yet; empty if nothing is.
  var wish: String
  /// Whether an error of a disk holds the guest.
  var isHeld: Bool
  /// That the guest did not do what it was last asked to.
  var cut: Failure?
  /// Why the hypervisor does nothing.
  var stall: Failure?
  /// Times that the guest has started anew in this run without being asked.
  var guestResets: UInt64
  /// That it does so again and again.
  var loop: Failure?
  /// Seconds since it came into its state.
  var secondsInState: Double
}

extension VirtualMachine {
  var standing: LifeStanding {
    LifeStanding(
      health: health?.health.state ?? .unknown, illness: health?.health.cause ?? life.illness,
      said: health?.health.cause == nil ? "" : health?.said ?? "",
      restarts: life.memory.restarts, attempt: life.restart?.attempt ?? life.memory.attempts,
      nextRestart: life.restart.map { _ in max(.zero, restartDue - .now) }, wish: record.wish?.kind.rawValue ?? "",
      isHeld: life.isHeld, cut: cut, stall: stallFailure, guestResets: run?.watch.resets.total ?? 0, loop: loopFailure,
      secondsInState: record.secondsInState(at: .now))
  }

  /// Whether its health check is passed; nil while nobody knows.
  var isHealthy: Bool? {
    switch health?.health.state {
    case .healthy: true
    case .unhealthy: false
    case .unknown, .starting, nil: nil
    }
  }

  /// Whether it was started again as often as its policy permits.
  var hasGivenUp: Bool {
    life.state == .failed && life.desired == .on && life.restart == nil
      && life.policy.maxAttempts.map { life.memory.attempts >= $0 } ?? false
  }
}

/// What `wait` can wait for.
enum Milestone: Hashable, Sendable {
  case state(State)
  /// The guest agent answers.
  case agent

  /// Reads a state's name or `agent`.
  init(_ text: String) throws(Failure) {
    if text == "agent" {
      self = .agent
    } else if let state = State(rawValue: text) {
      self = .state(state)
    } else {
      let known = State.allCases.map(\.rawValue) + ["agent"]
      throw Failure(
        .invalid, step: "wait", object: text, cause: "no such state",
        cure: "use one of \(known.joined(separator: ", "))")
    }
  }
}
