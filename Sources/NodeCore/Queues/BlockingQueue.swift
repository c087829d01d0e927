import Dispatch
import Glibc
import Linux

/// A serial queue for calls that block: sockets that answer at once, `fsync`, directory walks.
///
/// The cooperative pool has as many threads as there are cores; a call that blocks on it stops everybody's tasks.
package final class BlockingQueue: Sendable {
  private let queue: DispatchQueue
  private let rests: Bool

  /// - Parameter rests: pauses after each call for as long as the call took, so that all of them together have half a
  ///   processor at most.
  package init(_ label: String, rests: Bool = false) {
    queue = DispatchQueue(label: "procurator.\(label)")
    self.rests = rests
  }

  /// Microseconds.
  private static let longestRest: UInt64 = 1_000_000

  /// Runs `body` after everything that was queued before it.
  package func run<R: Sendable, E: Error>(_ body: @escaping @Sendable () throws(E) -> R) async throws(E) -> R {
    let result: Result<R, E> = await withCheckedContinuation { continuation in
      queue.async { [rests] in
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
  /// - Returns: nil if it was not done in time.
  package func run<R: Sendable>(within limit: Duration, _ body: @escaping @Sendable () -> R) async -> R? {
    let (results, answer) = AsyncStream.makeStream(of: Optional<R>.self)
    queue.async { answer.yield(body()) }
    let timer = Task {
      try await Task.sleep(for: limit)
      answer.yield(nil)
    }
    defer { timer.cancel() }
    for await result in results { return result }
    return nil
  }
}
