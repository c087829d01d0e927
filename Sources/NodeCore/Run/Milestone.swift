package import Failure
package import Life

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

/// How a wait has ended.
package enum WaitOutcome: Hashable, Sendable {
  case reached(Milestone)
  /// The VM has ended in another way, or is gone: only a new start leads there.
  case unreachable
  case timedOut
}
