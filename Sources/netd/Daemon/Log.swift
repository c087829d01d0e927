import Glibc

/// One line per event on standard error, with the priority prefix that journald reads (sd-daemon(3)). At most 200 lines
/// in ten seconds; what is left out is counted.
final class Log {
  enum Level: Int {
    case error = 3
    case warning = 4
    case notice = 5
    case info = 6
  }

  private var windowStart: Int64 = 0
  private var written = 0
  private var dropped = 0

  func write(_ level: Level, _ text: @autoclosure () -> String) {
    let now = Clock.now()
    if now - windowStart > 10_000 {
      if dropped > 0 { line(.warning, "\(dropped) lines of log were left out") }
      (windowStart, written, dropped) = (now, 0, 0)
    }
    guard written < 200 else {
      dropped += 1
      return
    }
    written += 1
    line(level, text())
  }

  private func line(_ level: Level, _ text: String) {
    // Texts may contain what a client sent: no control character reaches a terminal or starts another line.
    let clean = text.unicodeScalars.map { $0.value < 32 || (127..<160).contains($0.value) ? "?" : String($0) }.joined()
    let bytes = Array("<\(level.rawValue)>netd: \(clean)\n".utf8)
    _ = Glibc.write(2, bytes, bytes.count)
  }
}

/// Milliseconds that only go forward.
enum Clock {
  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}

extension Duration {
  /// Whole milliseconds.
  var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
