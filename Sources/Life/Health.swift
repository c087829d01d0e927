public import Failure

/// Whether a guest does what it is there for, counted from the results of its checks. No clock: ages come in as values.
public struct Health: Hashable, Sendable {
  /// When results count.
  public struct Rule: Hashable, Sendable {
    /// From one check to the next.
    public var interval: Duration
    /// What a check may take.
    public var timeout: Duration
    /// Failures in a row that make a guest unhealthy, at least 1.
    public var threshold: Int
    /// Time after the start in which failures do not count; the first success ends it.
    public var grace: Duration

    /// A rule.
    public init(interval: Duration, timeout: Duration, threshold: Int, grace: Duration) {
      self.interval = interval
      self.timeout = timeout
      self.threshold = max(1, threshold)
      self.grace = grace
    }
  }

  /// Where it stands.
  public enum State: String, CaseIterable, Codable, Sendable {
    /// Nobody asks, or nobody has yet.
    case unknown
    /// It has not succeeded yet and still has time.
    case starting
    /// Its last checks were good, or not yet bad often enough.
    case healthy
    /// It has failed as often in a row as its threshold says.
    case unhealthy
  }

  /// When results count.
  public let rule: Rule
  /// Where it stands.
  public private(set) var state = State.unknown
  /// Failures in a row that counted.
  public private(set) var failures = 0
  /// Why the last check failed; nil if it was good.
  public private(set) var cause: Failure?

  /// Nothing is known yet.
  public init(_ rule: Rule) { self.rule = rule }

  /// Takes the result of a check.
  /// - Parameters:
  ///   - failure: why it failed; nil if it was good.
  ///   - age: time since the guest was started.
  /// - Returns: `healthy` or `unhealthy` at an edge; the latter again each time that as many failures as the threshold
  ///   have followed, in case nothing could be done about it before.
  public mutating func checked(_ failure: Failure?, age: Duration) -> Event? {
    cause = failure
    guard let failure else {
      failures = 0
      defer { state = .healthy }
      return state == .healthy ? nil : .healthy
    }
    if state == .unknown || state == .starting, age < rule.grace {
      state = .starting
      return nil
    }
    failures += 1
    guard failures >= rule.threshold else {
      if state == .unknown { state = .starting }
      return nil
    }
    state = .unhealthy
    return failures % rule.threshold == 0 ? .unhealthy(failure) : nil
  }
}
