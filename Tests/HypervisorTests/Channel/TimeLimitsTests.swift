import Seeded
import Synchronization
import Testing

@testable import Hypervisor

/// Limits that share a timer: late is what they may be, early never.
@Suite struct TimeLimitsTests {
  private final class Early: Sendable {
    let found = Mutex<[Duration]>([])
  }

  @Test func noLimitIsEarly() async throws {
    var random = SeededRandom("time limits")
    let limits = TimeLimits()
    let early = Early()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4000 {
        let wait = Duration.microseconds(Int.random(in: 0...400_000, using: &random))
        group.addTask { [limits, early] in
          let deadline = ContinuousClock.now + wait
          await withCheckedContinuation { done in
            limits.after(wait) {
              let left = deadline - ContinuousClock.now
              if left > .zero { early.found.withLock { $0.append(left) } }
              done.resume()
            }
          }
        }
      }
    }
    #expect(early.found.withLock { $0 } == [])
  }
}
