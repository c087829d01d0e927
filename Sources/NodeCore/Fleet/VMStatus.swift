package import Failure
package import Life
package import Linux

/// A VM as it stands at one instant.
package struct VMStatus: Sendable {
  package var record: Record
  package var agentConnected: Bool
  /// The running process, if there is one.
  package var incarnation: Incarnation?
  package var facts: ProcessFacts?
  package var warnings: [Warning]
  /// What was collected about it last.
  package var usage: VMSample?
  package var paths: VMPaths
  package var limits: LimitStatus
  package var progress: LifeProgress
}

/// What beside its state is to be said of a VM's life.
package struct LifeProgress: Sendable {
  package var health: Health.State
  /// Why the last check failed.
  package var unhealthyReason: Failure?
  /// The last line that the program of that check wrote; empty if it wrote none.
  package var said = ""
  /// Automatic starts since it was made.
  package var restarts: UInt64
  /// Automatic starts in a row; of the one that is to come, its number.
  package var attempt: Int
  /// Time until it; nil if none is to come.
  package var nextRestart: Duration?
  /// What was requested and is not done yet; empty if nothing is.
  package var request: String
  /// Whether an error of a disk holds the guest.
  package var isHeld: Bool
  /// That the guest did not do what it was last asked to.
  package var cut: Failure?
  /// Why the hypervisor does nothing.
  package var stall: Failure?
  /// Times that the guest has started again in this run without being asked.
  package var guestResets: UInt64
  /// That it does so again and again.
  package var loop: Failure?
  /// Seconds since it came into its state.
  package var secondsInState: Double
}

extension VirtualMachine {
  package var progress: LifeProgress {
    LifeProgress(
      health: health?.health.state ?? .unknown, unhealthyReason: health?.health.cause ?? life.unhealthyReason,
      said: health?.health.cause == nil ? "" : health?.said ?? "",
      restarts: life.memory.restarts, attempt: life.restart?.attempt ?? life.memory.attempts,
      nextRestart: life.restart.map { _ in max(.zero, restartDue - .now) },
      request: record.request?.kind.rawValue ?? "",
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
  package var hasGivenUp: Bool {
    life.state == .failed && life.desired == .on && life.restart == nil
      && life.policy.maxAttempts.map { life.memory.attempts >= $0 } ?? false
  }
}

/// What `wait` can wait for.
package enum Milestone: Hashable, Sendable {
  case state(State)
  /// The guest agent answers.
  case agent

  /// Reads a state's name or `agent`.
  package init(_ text: String) throws(Failure) {
    if text == "agent" {
      self = .agent
    } else if let state = State(rawValue: text) {
      self = .state(state)
    } else {
      let known = State.allCases.map(\.rawValue) + ["agent"]
      throw Failure(
        .invalid, operation: "wait", object: text, cause: "no such state",
        remedy: "use one of \(known.joined(separator: ", "))")
    }
  }
}
