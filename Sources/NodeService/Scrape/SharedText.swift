import NIOCore
import NodeCore
import Synchronization

/// The text of a scrape, made once for all who ask at about the same time: they share its bytes as well.
final class SharedText: Sendable {
  private struct Made: Sendable {
    var at: ContinuousClock.Instant
    var version: UInt64
    var text: ByteBuffer
  }

  private let board: MetricsBoard
  private let made = Mutex<[MetricSyntax: Made]>([:])

  /// A text serves this long if no VM has changed since, numbers being collected no oftener than every second;
  private static let lasting: Duration = .seconds(1)
  /// and this long if some have: what a storm of changes and scrapes can cost is bounded by it.
  private static let least: Duration = .milliseconds(100)

  init(_ board: MetricsBoard) { self.board = board }

  /// The text as it is at `now`.
  func text(_ syntax: MetricSyntax, at now: ContinuousClock.Instant) -> ByteBuffer {
    made.withLock { made in
      let version = board.version
      if let last = made[syntax], now - last.at < (last.version == version ? Self.lasting : Self.least) {
        return last.text
      }
      let text = ByteBuffer(bytes: board.text(syntax))
      made[syntax] = Made(at: now, version: version, text: text)
      return text
    }
  }
}
