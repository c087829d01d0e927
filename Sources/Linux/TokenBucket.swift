/// How often somebody may ask: a number of tokens that fills up steadily and holds those of two seconds.
public struct TokenBucket: Hashable, Sendable {
  private let perSecond: Int64
  /// Thousandths of tokens.
  private var level: Int64
  private var filledAt: Int64

  /// A full one.
  /// - Parameters:
  ///   - perSecond: tokens that it gets in a second.
  ///   - now: of a clock that only goes forward, in milliseconds.
  public init(perSecond: Int, now: Int64) {
    self.perSecond = Int64(perSecond)
    level = Int64(perSecond) * 2000
    filledAt = now
  }

  /// Whether it has as many as it holds, so that it says nothing about its user any more.
  public func isFull(now: Int64) -> Bool { level + perSecond * min(2000, max(0, now - filledAt)) >= perSecond * 2000 }

  /// Takes so many if there are as many.
  public mutating func take(_ tokens: Int = 1, now: Int64) -> Bool {
    // Not more than two seconds count: that fills it, and keeps the product small.
    level = min(perSecond * 2000, level + perSecond * min(2000, max(0, now - filledAt)))
    filledAt = max(filledAt, now)
    guard level >= Int64(tokens) * 1000 else { return false }
    level -= Int64(tokens) * 1000
    return true
  }
}
