import Failure
import FoundationEssentials
import Hypervisor
import Life
import Linux

/// Asks guests what they are, in the background, so that nobody who wants to know has to wait for a guest. Belongs to the VM's
/// actor.
final class GuestInquirer {
  private let keeper: RecordKeeper
  private let state: VMState
  private let reporter: VMReporter

  /// How old an answer is before it is asked for again. Asking is some twenty small requests.
  private static let age = Duration.seconds(60)

  init(_ keeper: RecordKeeper, _ state: VMState, _ reporter: VMReporter) {
    self.keeper = keeper
    self.state = state
    self.reporter = reporter
  }

  /// Its agent has answered just now.
  func heard() { state.run?.watch.agentSeen = Date() }

  /// Asks if it is time. A frozen guest tells nothing.
  /// - Parameter isNew: another agent may be there than the one that has answered before.
  func look(isNew: Bool = false, isolation: isolated (any Actor)? = #isolation) {
    guard let run = state.run, let agent = run.agent, state.life.state == .running, state.life.agentConnected,
      keeper.record.freeze == nil, !run.watch.isInquiring
    else { return }
    if !isNew, let asked = run.watch.inquired, .now - asked < Self.age { return }
    run.watch.isInquiring = true
    run.watch.inquired = .now
    let token = run.incarnation.token
    let here = OnActor(self, of: isolation)
    Task { await here.run { await $0.ask(agent, token) } }
  }

  nonisolated(nonsending) private func ask(_ agent: GuestAgent, _ token: String) async {
    let facts = try? await agent.facts(time: Date())
    guard let run = state.run, run.incarnation.token == token else { return }
    run.watch.isInquiring = false
    guard let facts else { return }
    let isFirst = run.watch.facts == nil
    run.watch.facts = facts
    heard()
    if isFirst { reporter.announce() }
  }
}
