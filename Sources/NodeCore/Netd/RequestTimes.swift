/// How long requests took, as their asker has measured it. A value: no clock.
package struct RequestTimes: Hashable, Sendable {
  /// Upper bounds of the buckets in microseconds; a last bucket takes what is slower.
  package static let bounds: [UInt32] = [50, 100, 250, 500, 1000, 2500, 5000, 10000, 100_000]

  /// All of them together.
  package private(set) var microseconds: UInt64
  /// How many fell into each bucket.
  package private(set) var buckets: [UInt64]

  /// Those of nobody yet.
  package init() { self.init(microseconds: 0, buckets: Array(repeating: 0, count: Self.bounds.count + 1)) }

  /// Makes one of what was counted.
  /// - Parameter buckets: One more than there are bounds.
  package init(microseconds: UInt64, buckets: [UInt64]) {
    self.microseconds = microseconds
    self.buckets = buckets
  }

  /// Notes one request.
  package mutating func note(_ microseconds: UInt64) {
    self.microseconds &+= microseconds
    buckets[Self.bounds.firstIndex { microseconds <= UInt64($0) } ?? Self.bounds.count] += 1
  }
}
