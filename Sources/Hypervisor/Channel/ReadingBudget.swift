/// How much of a processor the reading of one connection may take: whoever is at its other end could send without end.
package struct ReadingBudget: Sendable {
  /// Of one processor. An honest monitor that answers every few seconds takes a thousandth.
  package static let share = 0.2
  /// Seconds over which that is meant: a long answer is read at once.
  static let period = 1.0
  /// Longest rest in seconds, so that whoever waits for an answer still gets it.
  package static let longestRest = 5.0

  private var since = 0.0
  private var spent = 0.0

  package init() {}

  /// Takes note of work.
  /// - Parameters:
  ///   - seconds: that it took.
  ///   - now: seconds of a clock that does not jump, after it.
  /// - Returns: seconds to rest before more is read; nil if there is no need.
  package mutating func spend(_ seconds: Double, now: Double) -> Double? {
    if now >= since + max(Self.period, spent / Self.share) { (since, spent) = (now - seconds, 0) }
    spent += seconds
    guard spent > Self.share * Self.period else { return nil }
    let rest = since + spent / Self.share - now
    return rest > 0 ? min(rest, Self.longestRest) : nil
  }
}
