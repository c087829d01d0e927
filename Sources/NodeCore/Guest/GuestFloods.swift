import Failure

/// Guests that do something to us without end. Belongs to the VM's actor.
final class GuestFloods {
  private let state: VMState
  private let reporter: VMReporter

  /// Time until the same is an event again: a guest may begin and end as often as it likes.
  static let silence = Duration.seconds(60)

  init(_ state: VMState, _ reporter: VMReporter) {
    self.state = state
    self.reporter = reporter
  }

  private var run: VMRun? { state.run }

  /// The guest sends on its agent's port what nobody asked for, or its agent has answered again.
  func agentPort(_ floods: Bool, _ token: String) {
    guard run?.incarnation.token == token else { return }
    flood(
      "agent", .agent,
      floods
        ? "the guest sends without end on its agent's port what nobody asked for; nobody reads it until its agent is asked again"
        : nil)
  }

  /// The guest raises events of a name without end.
  func events(_ name: String, perSecond: Int) {
    flood(
      "events \(name)", .process,
      "the guest raises \(name) events without end; those above \(perSecond) a second are dropped")
  }

  private func flood(_ kind: String, _ part: Failure.Part, _ warning: String?) {
    guard let run else { return }
    if let warning {
      run.warnings.set(Warning(id: "flood.\(kind)", part: part, cause: warning))
    } else {
      run.warnings.clear("flood.\(kind)")
    }
    if let warning, run.floods[kind].map({ ContinuousClock.now - $0 >= Self.silence }) ?? true {
      run.floods[kind] = .now
      reporter.log(.warning, "\(warning)")
      reporter.note(.warning, warning, .guest)
    }
    reporter.announce()
  }
}
