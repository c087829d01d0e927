import Dispatch
import Linux
import Synchronization

/// Time limits of requests, of all channels together.
///
/// Nearly all of them are never reached, and a timer of its own for each would cost more than the request. Those that end
/// within the same tenth of a second lie in one drawer, which has a timer.
package final class TimeLimits: Sendable {
  package static let shared = TimeLimits()

  /// Milliseconds that a limit may be late.
  private static let width: Int64 = 100
  /// Milliseconds that no request waits: a year.
  private static let longest: Int64 = 365 * 86_400_000

  private let drawers = Mutex<[Int64: [@Sendable () -> Void]]>([:])

  /// Runs `body` after a while, on a thread that it must not hold up.
  package func after(_ time: Duration, _ body: @escaping @Sendable () -> Void) {
    let now = Clock.now()
    let (seconds, attoseconds) = time.components
    let wait = seconds > Self.longest / 1000 ? Self.longest : seconds * 1000 + attoseconds / 1_000_000_000_000_000
    // Both have lost parts of a millisecond: no limit is early.
    let drawer = (now + max(0, wait) + 1) / Self.width + 1
    let isNew = drawers.withLock { drawers in
      drawers[drawer, default: []].append(body)
      return drawers[drawer]?.count == 1
    }
    guard isNew else { return }
    let left = Int(drawer * Self.width - now)
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(left)) { self.empty(drawer) }
  }

  private func empty(_ drawer: Int64) {
    for body in drawers.withLock({ $0.removeValue(forKey: drawer) }) ?? [] { body() }
  }
}
