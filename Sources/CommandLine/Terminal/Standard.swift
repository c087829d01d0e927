import Failure
import Glibc
import Linux

/// The process's own output streams, without buffering: a table is one write, a guest's output is passed on as it comes.
enum Standard: Int32, Sendable {
  /// Results.
  case output = 1
  /// Remarks and diagnostics.
  case error = 2

  /// Whether a person is looking.
  var isTerminal: Bool { isatty(rawValue) == 1 }

  /// Rows and columns of the terminal; nil if it is none, or does not say.
  var size: (rows: Int, columns: Int)? {
    var size = winsize()
    guard ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else { return nil }
    return (Int(size.ws_row), Int(size.ws_col))
  }

  /// Whether to use colour: on a terminal that has it, unless `NO_COLOR` is set to anything (no-color.org).
  var hasColour: Bool {
    guard isTerminal, getenv("TERM").map({ String(cString: $0) }) != "dumb" else { return false }
    guard let value = getenv("NO_COLOR") else { return true }
    return value[0] == 0
  }

  /// Writes all of `text`.
  func write(_ text: String) throws(Failure) { try write(Array(text.utf8)) }

  /// Writes all of `bytes`. When the reader has gone, the process ends as every filter does, by SIGPIPE.
  func write(_ bytes: [UInt8]) throws(Failure) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(rawValue, $0.baseAddress?.advanced(by: sent), bytes.count - sent)
      }
      if count >= 0 {
        sent += count
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN: waitUntilWritable()
      case EPIPE:
        RawTerminal.leave()
        // The network library ignores the signal for the whole process.
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
      default: throw Errno(errno).failure("write output")
      }
    }
  }

  private func waitUntilWritable() {
    var entry = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
    poll(&entry, 1, -1)
  }
}
