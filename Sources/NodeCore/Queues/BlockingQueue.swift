import Dispatch
import Glibc
import Linux
import Synchronization

/// A serial queue for calls that block: sockets that answer at once, `fsync`, directory walks.
///
/// The cooperative pool has as many threads as there are cores; a call that blocks on it stops everybody's tasks.
package final class BlockingQueue: Sendable {
  private let queue: DispatchQueue
  private let rests: Bool
  private let count = Atomic(0)

  /// - Parameter rests: pauses after each call for as long as the call took, so that all of them together have half a
  ///   processor at most.
  package init(_ label: String, rests: Bool = false) {
    queue = DispatchQueue(label: "procurator.\(label)")
    self.rests = rests
  }

  /// Calls that are queued, and the one that is being made.
  package var pending: Int { count.load(ordering: .relaxed) }

  /// Queues a call that nobody waits for.
  package func start(_ body: @escaping @Sendable () -> Void) {
    count.wrappingAdd(1, ordering: .relaxed)
    queue.async { [self] in
      body()
      count.wrappingSubtract(1, ordering: .relaxed)
    }
  }

  /// Microseconds.
  private static let longestRest: UInt64 = 1_000_000

  /// Runs `body` after everything that was queued before it.
  package func run<R: Sendable, E: Error>(_ body: @escaping @Sendable () throws(E) -> R) async throws(E) -> R {
    let result: Result<R, E> = await withCheckedContinuation { continuation in
      count.wrappingAdd(1, ordering: .relaxed)
      queue.async { [self] in
        defer { count.wrappingSubtract(1, ordering: .relaxed) }
        let start = Clock.microseconds()
        do throws(E) { continuation.resume(returning: .success(try body())) } catch {
          continuation.resume(returning: .failure(error))
        }
        if rests { usleep(UInt32(clamping: min(Self.longestRest, Clock.microseconds() - start))) }
      }
    }
    return try result.get()
  }

  /// The same for what may hang: after that time nobody waits for it any more.
  /// - Parameter always: makes a call whose turn comes later all the same.
  /// - Returns: nil if it was not done in time.
  package func run<R: Sendable>(
    within limit: Duration, always: Bool = false, _ body: @escaping @Sendable () -> R
  ) async -> R? {
    let (results, answer) = AsyncStream.makeStream(of: Optional<R>.self)
    let caller = Caller()
    start {
      // What was refused by now must not happen.
      if always || !caller.hasLeft.load(ordering: .acquiring) { answer.yield(body()) }
    }
    let timer = Task {
      try await Task.sleep(for: limit)
      caller.hasLeft.store(true, ordering: .releasing)
      answer.yield(nil)
    }
    defer {
      caller.hasLeft.store(true, ordering: .releasing)
      timer.cancel()
    }
    for await result in results { return result }
    return nil
  }

  private final class Caller: Sendable {
    let hasLeft = Atomic(false)
  }
}
