import Failure
import Glibc
import IPC
import Testing

@testable import NodeCore
@testable import Text

/// A netd that is away for a moment is waited for by who needs it, one that stays away is not.
@Suite(.serialized) struct NetdAbsenceTests {
  @Test func aShortAbsenceIsWaitedFor() {
    let (_, notifications) = AsyncStream.makeStream(of: RulesNotification.self)
    var state = LinkState(notifications: notifications)
    let away = Failure(.unavailable, operation: "reach netd", cause: "there is no such socket", errno: ENOENT)
    let start = ContinuousClock.now
    let waits = [Duration.zero, .milliseconds(4900), LinkState.absence].map { state.isShort(away, now: start + $0) }
    #expect(waits == [true, true, false])
    // Who hangs does not come back by itself, and a refusal is an answer.
    var other = LinkState(notifications: notifications)
    let hangs = other.isShort(Failure(.unavailable, operation: "ask", cause: "no answer", errno: EAGAIN), now: start)
    let refuses = other.isShort(Failure(.denied, operation: "ask", cause: "no"), now: start)
    #expect(!hangs && !refuses)
  }

  @Test func aStartWaitsForANetdThatIsStartedAgain() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", input: rig.bareSpec("web", extra: "nics: [{}]"))
      await rig.ok("create", "-f", "-", input: rig.bareSpec("late", extra: "nics: [{}]"))
      await rig.netd.kill9()
      async let started = rig.cli("start", "web")
      try await rig.startNetd()
      let result = await started
      #expect(result.status == 0, "\(result.error)")
      // One that stays away is not waited for again and again.
      await rig.netd.stop()
      let refused = await rig.cli("start", "late")
      #expect(refused.status != 0 && refused.error.contains(ServiceRemedy(.netd).start), "\(refused.error)")
    }
  }
}
