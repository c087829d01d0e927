import Failure

/// Whether and when a VM that has ended is started again.
public struct RestartPolicy: Hashable, Sendable {
  /// After which ends.
  public enum Kind: String, Codable, Sendable {
    /// After none.
    case never
    /// After those that nobody requested.
    case onFailure
    /// After all but the owner's.
    case always
  }

  /// After which ends.
  public var kind: Kind
  /// Automatic starts in a row before it gives up; nil never does.
  public var maxAttempts: Int?
  /// Pause before the first of them; each further one is twice as long.
  public var first: Duration
  /// Longest pause.
  public var longest: Duration
  /// Time of running after which the starts are counted again.
  public var resetAfter: Duration

  /// Does nothing.
  public static let never = RestartPolicy(.never)

  /// A policy; what is not said is the default.
  public init(
    _ kind: Kind, maxAttempts: Int? = nil, first: Duration = .seconds(1), longest: Duration = .seconds(300),
    resetAfter: Duration = .seconds(600)
  ) {
    self.kind = kind
    self.maxAttempts = maxAttempts
    self.first = first
    self.longest = longest
    self.resetAfter = resetAfter
  }

  /// What is to follow an end that the owner did not request.
  enum Answer: Hashable {
    /// Nothing.
    case stay
    /// A start after a pause.
    case again(RestartWait)
    /// Nothing more, after that many starts.
    case giveUp(Int)
  }

  /// - Parameters:
  ///   - reason: why it ended.
  ///   - attempts: automatic starts so far.
  ///   - jitter: spreads the starts of many VMs; 0..<1.
  func answer(to ending: Ending, _ reason: Failure?, attempts: Int, jitter: Double) -> Answer {
    switch kind {
    case .never: return .stay
    case .onFailure: if ending == .stopped { return .stay }
    case .always: break
    }
    // What is wrong in itself will be refused again.
    if reason?.code == .invalid { return .stay }
    if let maxAttempts, attempts >= maxAttempts { return .giveUp(attempts) }
    return .again(RestartWait(attempt: attempts + 1, delay: pause(before: attempts + 1, jitter: jitter)))
  }

  /// The pause before that start: doubled each time up to the longest, of which jitter takes away up to a half.
  func pause(before attempt: Int, jitter: Double) -> Duration {
    var pause = min(first, longest)
    var number = 1
    while number < attempt, pause < longest {
      pause = min(pause * 2, longest)
      number += 1
    }
    return pause / 2 + pause / 2 * min(max(jitter, 0), 1)
  }
}
