package import Failure

/// Whether a node is worth asking, by what became of the last calls: healthy until it did not answer a few times in a row, and
/// then left alone until one health check has been answered. Nobody's call is the probe.
///
/// Times are milliseconds of a clock that only goes forward.
package struct Reachability: Hashable, Sendable {
  /// How often in a row it may stay silent.
  static let tries = 3
  /// Milliseconds between two checks of a node that answers.
  static let interval: Int64 = 10_000
  /// Milliseconds until the first check of one that does not; it doubles with each, and ends at the last.
  static let firstPause: Int64 = 250
  static let longestPause: Int64 = 30_000

  /// Calls in a row that the node did not answer.
  private(set) var silences = 0
  /// When it last answered, and when it went away; nil if it never did.
  package private(set) var answeredAt: Int64?
  package private(set) var awaySince: Int64?
  /// Why it is away.
  package private(set) var why: Failure?
  /// When to check it next.
  package private(set) var nextCheck: Int64

  /// A node that nobody has asked yet; it is checked at once.
  package init(now: Int64) { nextCheck = now }

  /// Whether calls are let through.
  package var isAway: Bool { awaySince != nil }

  /// It has answered, if only to refuse.
  /// - Parameters:
  ///   - jitter: from 0 up to 1, by chance: a thousand nodes are not checked at the same moment.
  ///   - isCheck: whether it was a check that was answered. Calls put none off: only a check tells that a node is about to leave.
  package mutating func answered(now: Int64, jitter: Double, isCheck: Bool) {
    (silences, awaySince, why) = (0, nil, nil)
    answeredAt = now
    if isCheck { nextCheck = now + Self.within(Self.interval, jitter) }
  }

  /// It could not be reached, or did not answer in time.
  /// - Parameter jitter: from 0 up to 1, by chance: those who lost one node do not come back together.
  package mutating func stayedSilent(_ why: Failure, now: Int64, jitter: Double) {
    silences += 1
    self.why = why
    if silences >= Self.tries, awaySince == nil { awaySince = now }
    let doublings = min(silences - 1, 16)
    nextCheck = now + Self.within(min(Self.longestPause, Self.firstPause << doublings), jitter)
  }

  /// Something took longer than its caller would wait: that may be the work or the node, and a check will tell.
  package mutating func isSuspect(now: Int64) { nextCheck = min(nextCheck, now) }

  /// Between half of it and all of it.
  private static func within(_ pause: Int64, _ jitter: Double) -> Int64 {
    pause / 2 + Int64(Double(pause - pause / 2) * min(1, max(0, jitter)))
  }

  /// What a call is refused with; nil if it is let through.
  package func refusal(_ operation: String, _ object: String, now: Int64) -> Failure? {
    guard let awaySince, let why else { return nil }
    let seconds = max(0, now - awaySince) / 1000
    return Failure(
      .unavailable, operation: operation, object: object,
      cause: "the node has been away for \(seconds) s: \(why.cause)",
      remedy: why.remedy.isEmpty ? "it is asked again by itself" : why.remedy, errno: why.errno)
  }
}
