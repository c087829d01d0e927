import Failure
import Linux
import Synchronization

/// What all who may only look may ask together: they must not keep the supervisor, or netd behind it, from its work.
final class ReadersQuota: Sendable {
  /// Calls in a second; twice as many at once after a pause.
  static let perSecond = 100
  /// Calls that are not answered yet, and streams.
  static let atOnce = 64

  private struct State {
    var bucket: TokenBucket
    var open = 0
  }
  private let state = Mutex(State(bucket: TokenBucket(perSecond: perSecond, now: Clock.now())))

  /// A call that is under way, as long as somebody holds it.
  final class Call: Sendable {
    private let quota: ReadersQuota
    fileprivate init(_ quota: ReadersQuota) { self.quota = quota }
    deinit { quota.state.withLock { $0.open -= 1 } }
  }

  /// - Throws: `.unavailable` if too much is asked.
  func admit() throws(Failure) -> Call {
    let refusal: String? = state.withLock { state in
      guard state.open < Self.atOnce else { return "\(Self.atOnce) calls of readers are under way" }
      guard state.bucket.take(now: Clock.now()) else {
        return "readers ask more than \(Self.perSecond) times a second"
      }
      state.open += 1
      return nil
    }
    if let refusal {
      throw Failure(
        .unavailable, operation: "call", object: "the node", cause: refusal, remedy: "ask later")
    }
    return Call(self)
  }
}
