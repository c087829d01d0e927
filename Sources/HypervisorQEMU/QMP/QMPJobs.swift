package import Failure
import Synchronization
package import Text

/// Tells those who wait for a job that something of jobs has changed.
final class JobBell: Sendable {
  private let waiting = Mutex((next: 0, all: [Int: AsyncStream<Void>.Continuation]()))

  /// Somebody waits from now on; what has changed before is to be looked at first.
  func listen() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let number = waiting.withLock { waiting in
      waiting.next += 1
      waiting.all[waiting.next] = continuation
      return waiting.next
    }
    continuation.onTermination = { [weak self] _ in _ = self?.waiting.withLock { $0.all.removeValue(forKey: number) } }
    continuation.yield()
    return stream
  }

  /// Something has changed, or may have while nobody heard it.
  func ring() { for one in waiting.withLock({ Array($0.all.values) }) { one.yield() } }
}

/// A job of QEMU (QAPI: `job.json`).
package struct QMPJob: Hashable, Sendable {
  package var id: String
  /// Whether it has come to its end, good or bad.
  package var isConcluded: Bool
  /// Why it could not do its work; nil if it could, or has not ended.
  package var error: String?

  /// An entry of `query-jobs`; nil if it is none.
  package init?(_ entry: JSON) {
    guard let id = entry["id"]?.string, let status = entry["status"]?.string else { return nil }
    self.id = id
    isConcluded = status == "concluded"
    error = entry["error"]?.string
  }
}

extension QMPClient {
  /// How long QEMU may be silent: it answers nothing while it writes or reads the memory of a guest.
  package static let jobSilence: Duration = .seconds(3600)

  /// The jobs that there are (`query-jobs`).
  package func queryJobs() async throws(Failure) -> [QMPJob] {
    try Self.elements(await execute("query-jobs", timeout: Self.jobSilence)).compactMap { QMPJob($0) }
  }

  /// Forgets a job that has ended (`job-dismiss`).
  package func dismissJob(_ id: String) async throws(Failure) {
    try await execute("job-dismiss", arguments: ["id": .string(id)], timeout: Self.jobSilence)
  }
}
