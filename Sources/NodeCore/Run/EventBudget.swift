/// How many events of a kind one VM may write, so that a guest cannot fill the log: some at once, and one more from time to
/// time. No clock: instants come in as values.
struct EventBudget: Hashable, Sendable {
  /// What is to be done with an event.
  enum Grant: Hashable, Sendable {
    /// It is written; so many before it were not.
    case written(unwritten: Int)
    /// The same, and those that follow will not be for a while.
    case last(unwritten: Int)
    /// It is only counted.
    case counted
  }

  /// So many at once.
  static let burst = 8
  /// Seconds for one more.
  static let refill = 60.0

  private var tokens = Double(burst)
  private var at: Double?
  private var unwritten = 0

  /// Takes an event.
  /// - Parameter now: seconds of a clock that only goes forward.
  mutating func take(at now: Double) -> Grant {
    if let at { tokens = min(Double(Self.burst), tokens + max(0, now - at) / Self.refill) }
    at = now
    guard tokens >= 1 else {
      unwritten += 1
      return .counted
    }
    tokens -= 1
    defer { unwritten = 0 }
    return tokens >= 1 ? .written(unwritten: unwritten) : .last(unwritten: unwritten)
  }

  /// The words for it; nil if it is only counted.
  mutating func words(_ what: String, at now: Double) -> String? {
    func before(_ count: Int) -> String { count == 0 ? "" : " (after \(count) changes that were not written)" }
    switch take(at: now) {
    case .written(let unwritten): return what + before(unwritten)
    case .last(let unwritten):
      return what + before(unwritten) + "; this goes on too often, what follows is only counted"
    case .counted: return nil
    }
  }
}
