import Failure
import IPC
import Life
import Text

extension Explanation {
  /// Explains. A pure function: the same facts give the same words.
  package static func make(_ facts: VMFacts) -> Explanation {
    var reasons = facts.pastReasons + facts.presentReasons
    reasons = unique(reasons).map { reason in
      var reason = reason
      reason.failure = atHand(
        reason.failure, facts.name, log: facts.hypervisorLogPath, isEmpty: facts.hypervisorLog.isEmpty)
      return reason
    }
    let runs = facts.state.hasProcess
    let blocks = reasons.contains { $0.weight == .blocks }
    let verdict: Verdict =
      switch facts.state {
      case .starting, .stopping, .migrating: .working
      case .running, .paused: reasons.contains { $0.weight != .note } ? .weakened : .healthy
      case .failed, .stopped, .pending:
        if case .waits = facts.restart {
          .waiting
        } else if facts.state == .failed || facts.desired == .on {
          .blocked
        } else {
          .off
        }
      }
    if verdict == .blocked, !facts.presentReasons.contains(where: { $0.weight == .blocks }), facts.restart == nil {
      reasons.append(
        Reason(
          .note, .state,
          Failure(
            .state, operation: "start", object: facts.name,
            cause: facts.why == nil
              ? "nothing that can be seen now stands in the way of a start"
              : "whether that is mended cannot be seen from here; a start will tell",
            remedy: "start it: vmsupervisor start \(facts.name)")))
    }
    reasons = reasons.enumerated().sorted { ($0.element.weight, $0.offset) < ($1.element.weight, $1.offset) }
      .map(\.element)
    return Explanation(
      id: facts.id, name: facts.name, verdict: verdict,
      summary: summary(facts, verdict, reasons, runs: runs, blocks: blocks),
      desired: facts.desired == .on ? "running" : "not running", observed: facts.observed,
      // Worth knowing, but no reason why the VM is as it is.
      reasons: reasons + facts.host.map { Reason(.note, .supervisor, $0) },
      console: facts.console, hypervisorLog: facts.hypervisorLog)
  }

  private static func summary(
    _ facts: VMFacts, _ verdict: Verdict, _ reasons: [Reason], runs: Bool, blocks: Bool
  ) -> String {
    let name = facts.name
    let first = reasons.first.map { "\($0.failure.cause)" } ?? ""
    switch verdict {
    case .healthy: return "\(name) runs, and nothing is wrong with it"
    case .off:
      let text = facts.state == .pending ? "\(name) was never started" : "\(name) is stopped, as wanted"
      return blocks ? "\(text); a start would fail now: \(first)" : text
    case .working: return "\(name) is \(facts.state.rawValue)" + (first.isEmpty ? "" : "; \(first)")
    case .weakened:
      // The trouble is the headline, not what was so from the beginning.
      guard reasons.first?.weight == .lasting else { return "\(name) is \(facts.state.rawValue), but \(first)" }
      return "\(name) is \(facts.state.rawValue), and nothing has happened to it; its host could do better by it: "
        + reasons.filter { $0.weight == .lasting }.map { Clause.first($0.failure.cause) }.joined(separator: "; ")
        + " (vmsupervisor doctor)"
    case .waiting:
      guard case .waits(let attempt, let seconds) = facts.restart else { return "\(name) waits" }
      return "\(name) has ended and is started again in \(Quantity.duration(seconds)), attempt \(attempt)"
        + (first.isEmpty ? "" : ": \(first)")
    case .blocked:
      return "\(name) should run and is \(facts.state.rawValue)" + (first.isEmpty ? "" : ": \(first)")
    }
  }

  /// The same with a remedy for a reader of `explain`, whom it must not send there.
  /// - Parameter isEmpty: whether the hypervisor's log says nothing.
  static func atHand(_ failure: Failure, _ name: String, log: String, isEmpty: Bool) -> Failure {
    var failure = failure
    let words =
      isEmpty
      ? "the hypervisor has written nothing; see whether the host ended it: journalctl -k"
      : "see the hypervisor's log, \(log)"
    failure.remedy = failure.remedy.replacing(LifeCycle.seeLog.naming(name), with: words)
      .replacing(" (vmsupervisor explain \(name))", with: "")
    return failure
  }

  /// Without what has been said: what ended the VM is often still so.
  private static func unique(_ reasons: [Reason]) -> [Reason] {
    var said: [Reason] = []
    for reason in reasons
    where !said.contains(where: {
      $0.failure.cause == reason.failure.cause && $0.failure.object == reason.failure.object
        // The same error of the same thing, in the words of two who met it.
        || ($0.part == reason.part && $0.failure.errno != 0 && !$0.failure.object.isEmpty
          && $0.failure.object == reason.failure.object && $0.failure.errno == reason.failure.errno)
    }) {
      said.append(reason)
    }
    return said
  }
}
