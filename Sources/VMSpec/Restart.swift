/// What happens after the guest has ended.
package struct RestartSpec: Codable, Sendable, Hashable {
  typealias CodingKeys = SpecKeys.Restart

  /// When a guest is started again.
  package enum Policy: String, Codable, Sendable, Hashable, CaseIterable {
    /// Not at all.
    case never
    /// After a crash or panic, not after a power-off.
    case onFailure
    /// After every end that the user did not ask for.
    case always
  }

  /// When the guest is started again.
  package var policy: Policy
  /// Starts in a row before giving up, 1 to 1000; nil is no limit.
  package var maxAttempts: Int?
  /// First pause before a start, in seconds, 1 to 3600; nil leaves it to the supervisor.
  package var backoff: Int?
  /// Longest pause before a start, in seconds, 1 to 3600; nil leaves it to the supervisor.
  package var maxBackoff: Int?
  /// Seconds of running after which the starts are counted again, 1 to 86400; nil leaves it to the supervisor.
  package var resetAfter: Int?

  /// Makes a policy.
  package init(
    policy: Policy = .never, maxAttempts: Int? = nil, backoff: Int? = nil, maxBackoff: Int? = nil,
    resetAfter: Int? = nil
  ) {
    self.policy = policy
    self.maxAttempts = maxAttempts
    self.backoff = backoff
    self.maxBackoff = maxBackoff
    self.resetAfter = resetAfter
  }
}
