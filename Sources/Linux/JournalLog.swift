import Glibc

/// One line per event on standard error, with the priority prefix that journald reads (sd-daemon(3)).
///
/// At most 200 lines in ten seconds; what is left out is counted. Belongs to one thread.
public final class JournalLog {
  /// Priorities of syslog(3).
  public enum Level: Int, Sendable {
    /// Nothing works any more.
    case critical = 2
    /// Something was not done.
    case error
    /// Something is not as it should be.
    case warning
    /// Worth knowing, and rare.
    case notice
    /// Worth knowing.
    case info
    /// For finding defects.
    case debug
  }

  private let program: String
  private var windowStart: Int64 = 0
  private var written = 0
  private var dropped = 0

  /// A log whose lines begin with the program's name.
  public init(program: String) { self.program = program }

  /// Writes a line, if there is room for it.
  public func write(_ level: Level, _ text: @autoclosure () -> String) {
    let now = Clock.now()
    if now - windowStart > 10_000 {
      if dropped > 0 { Self.line(.warning, "\(program): \(dropped) lines of log were left out") }
      (windowStart, written, dropped) = (now, 0, 0)
    }
    guard written < 200 else {
      dropped += 1
      return
    }
    written += 1
    Self.line(level, "\(program): \(text())")
  }

  /// Writes one line. Texts may contain what a client or guest sent: no control character reaches a terminal or begins
  /// another line.
  public static func line(_ level: Level, _ text: String) {
    let clean = text.unicodeScalars.map { $0.value < 32 || (127..<160).contains($0.value) ? "?" : String($0) }.joined()
    let bytes = Array("<\(level.rawValue)>\(clean)\n".utf8)
    _ = Glibc.write(2, bytes, bytes.count)
  }
}
