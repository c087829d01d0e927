package import Failure
import Life
import Linux

/// What is wrong with a run, as far as that is seen from outside.
extension VMState {
  /// Why the hypervisor does nothing; nil while it answers.
  var stallFailure: Failure? {
    run.flatMap { run in run.watch.stall.map { $0.failure(pid: run.process.pid, name: name) } }
  }

  /// That the guest starts again and again; nil if it does not.
  var loopFailure: Failure? {
    guard let resets = run?.watch.resets, resets.isLooping else { return nil }
    let minutes = Int(ResetWatch.window / 60)
    return Failure(
      .state, part: .state, operation: "stay up", object: name,
      cause:
        "the guest starts again and again: \(resets.count(at: Clock.sinceBoot())) times in \(minutes) minutes",
      remedy: "see what it says before: vmsupervisor logs \(name)")
  }

  /// That its sockets were removed; nil while they are there.
  package var uprooted: Failure? { run?.watch.uprooted }

  /// Whether somebody in the guest answers, as far as anybody knows.
  var agentAnswers: Bool {
    life.agentConnected && run.map { $0.watch.agentSilence == nil && $0.watch.stall == nil } == true
  }

  /// Whether an agent of this run was there, as far as this supervisor has seen.
  package var hadAgent: Bool { run?.watch.hadAgent == true }
}
