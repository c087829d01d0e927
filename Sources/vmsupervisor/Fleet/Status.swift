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
  var paths: VMPaths
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
