import Failure
import Synchronization
package import Text

/// What was last found about names, for those who do not ask themselves, and what was seen often enough to be said.
package final class NamingBoard: Sendable {
  private struct State {
    var latest: NamingFacts?
    /// Networks that were served since this supervisor started, and whether a netdns was there.
    var served: Set<String> = []
    var hadNetdns = false
    var seen: [NamingTrouble] = []
    var said: [NamingTrouble] = []

    /// Only where somebody wants names to be served: a host may do without netdns.
    mutating func judge(_ facts: NamingFacts, _ remedy: ServiceRemedy) -> [NamingTrouble] {
      for (gateway, answer) in facts.answers where answer == .served { served.insert(gateway.network) }
      hadNetdns = hadNetdns || facts.netdns == .connected || facts.netdns == .gone
      let isWanted = facts.isWanted || hadNetdns || remedy.isUnit
      return facts.troubles(remedy).filter { isWanted || served.contains($0.subject) }
    }
  }

  private let state = Mutex(State())

  /// The last look; nil while nobody has looked or nothing is in use.
  var latest: NamingFacts? { state.withLock { $0.latest } }

  /// Takes a look. What was seen the last time too is trouble: a dnsmasq that is started again is away for a moment.
  /// - Returns: what is wrong now, and the subjects of which nothing is wrong any more.
  package func take(_ facts: NamingFacts, remedy: ServiceRemedy) -> (troubles: [NamingTrouble], well: [String]) {
    state.withLock { state in
      state.latest = facts
      let now = state.judge(facts, remedy)
      // Words may change while it lasts; what it is about does not.
      let before = Set(state.seen.map(\.subject) + state.said.map(\.subject))
      let confirmed = now.filter { before.contains($0.subject) }
      let well = Set(state.said.map(\.subject)).subtracting(now.map(\.subject)).sorted()
      state.seen = now
      state.said = confirmed
      return (confirmed, well)
    }
  }

  /// What is wrong by a look of one's own, without waiting whether it stays so.
  package func troubles(_ facts: NamingFacts, _ remedy: ServiceRemedy) -> [NamingTrouble] {
    state.withLock { $0.judge(facts, remedy) }
  }

  /// Nothing is in use, so nothing can be said.
  package func clear() { state.withLock { $0.latest = nil } }
}
