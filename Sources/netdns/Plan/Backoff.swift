/// How long to wait before the next attempt: twice as long each time, up to a limit. A value: no clock.
struct Backoff: Hashable, Sendable {
  /// Milliseconds.
  let first: Int64
  let longest: Int64
  private(set) var failures = 0
  /// Nothing is tried before this time.
  private(set) var notBefore: Int64 = 0

  init(first: Int64, longest: Int64) {
    self.first = first
    self.longest = longest
  }

  /// Notes a failure.
  /// - Returns: the milliseconds to wait.
  @discardableResult
  mutating func fail(now: Int64) -> Int64 {
    let delay = min(longest, first << Int64(min(failures, 20)))
    failures += 1
    notBefore = now + delay
    return delay
  }

  /// Notes that all is well again.
  mutating func succeed() {
    failures = 0
    notBefore = 0
  }
}
