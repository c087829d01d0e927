import Linux
import Logging

/// One line per message on standard error, with the priority that journald reads (sd-daemon(3)) when it listens.
struct JournalHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level = .info

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let priority =
      switch event.level {
      case .trace, .debug: 7
      case .info: 6
      case .notice: 5
      case .warning: 4
      case .error: 3
      case .critical: 2
      }
    let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    let text = "\(event.message)".split(whereSeparator: \.isNewline).joined(separator: " ")
    try? Files.writeAll(Array("<\(priority)>\(text)\(fields)\n".utf8), to: 2)
  }
}
