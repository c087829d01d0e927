import Failure
import Seeded
import Testing

@testable import NodeClient

/// Whether a node is asked, as a value.
@Suite struct ReachabilityTests {
  private static let why = Failure(.unavailable, operation: "reach", object: "n1", cause: "nobody listens there")

  @Test func onlySilenceInARowMakesItAway() {
    var reach = Reachability(now: 0)
    for now in 1...Int64(Reachability.tries - 1) { reach.stayedSilent(Self.why, now: now, jitter: 0) }
    #expect(!reach.isAway && reach.refusal("call", "n1", now: 5) == nil)
    reach.answered(now: 10, jitter: 0, isCheck: false)
    for now in 11...Int64(10 + Reachability.tries - 1) { reach.stayedSilent(Self.why, now: now, jitter: 0) }
    #expect(!reach.isAway, "it had answered in between")
    reach.stayedSilent(Self.why, now: 3000, jitter: 0)
    let refusal = reach.refusal("start VM", "web", now: 5500)
    #expect(refusal?.code == .unavailable && refusal?.object == "web")
    #expect(refusal?.cause == "the node has been away for 2 s: nobody listens there")
    reach.answered(now: 6000, jitter: 0, isCheck: true)
    #expect(reach.refusal("start VM", "web", now: 6000) == nil && reach.answeredAt == 6000)
  }

  @Test func whoWaitedTooLongHasItChecked() {
    var reach = Reachability(now: 0)
    reach.answered(now: 100, jitter: 1, isCheck: true)
    #expect(reach.nextCheck == 100 + Reachability.interval)
    reach.answered(now: 150, jitter: 1, isCheck: false)
    #expect(reach.nextCheck == 100 + Reachability.interval, "calls put no check off")
    reach.isSuspect(now: 200)
    #expect(reach.nextCheck == 200 && !reach.isAway)
  }

  /// Whatever happens: a check is always due, never at once again and never later than the longest pause.
  @Test func checksNeverStopAndNeverStorm() {
    var random = SeededRandom("checksNeverStopAndNeverStorm")
    for _ in 0..<200 {
      var now: Int64 = 0
      var reach = Reachability(now: now)
      for _ in 0..<100 {
        now = max(now, reach.nextCheck)
        let jitter = Double.random(in: 0...1, using: &random)
        if Bool.random(using: &random) {
          reach.answered(now: now, jitter: jitter, isCheck: true)
          #expect(!reach.isAway)
        } else {
          reach.stayedSilent(Self.why, now: now, jitter: jitter)
        }
        let pause = reach.nextCheck - now
        #expect(pause >= Reachability.firstPause / 2 && pause <= Reachability.longestPause, "\(pause)")
      }
    }
  }
}
