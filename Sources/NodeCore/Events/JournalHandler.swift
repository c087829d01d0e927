import Glibc
import Linux
package import Logging

/// The supervisor's log: entries with fields where journald listens, otherwise one line per message on standard error.
///
/// What is said about a VM has `VM_ID` and `VM_NAME`, so that `journalctl VM_NAME=web` shows all of it.
package struct JournalHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var logLevel: Logger.Level = .info
  private let journal: Journal

  /// Name in the journal (`journalctl -t`).
  private static let identifier = "vmsupervisor"

  /// Goes to the journal if standard error does.
  package init() {
    journal = Journal(JournalSocket.connect(stream: getenv("JOURNAL_STREAM").map { String(cString: $0) }))
  }

  /// Goes to whoever listens there.
  package init(socket path: String) { journal = Journal(JournalSocket.connect(path)) }

  /// The socket, for every copy of the handler.
  private final class Journal: Sendable {
    let socket: JournalSocket?
    init(_ socket: consuming JournalSocket?) { self.socket = socket }

    func send(_ fields: [(name: String, value: String)]) -> Bool {
      switch socket {
      case .some(let socket): socket.send(fields)
      case .none: false
      }
    }
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let level = Self.level(event.level)
    let own = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
    let fields = [
      (name: "MESSAGE", value: "\(event.message)"), (name: "PRIORITY", value: "\(level.rawValue)"),
      (name: "SYSLOG_IDENTIFIER", value: Self.identifier),
    ]
    if journal.send(fields + own.map { (name: $0.key, value: "\($0.value)") }) { return }
    JournalLog.line(level, "\(Self.identifier): \(event.message)" + own.map { " \($0.key)=\($0.value)" }.joined())
  }

  private static func level(_ level: Logger.Level) -> JournalLog.Level {
    switch level {
    case .trace, .debug: .debug
    case .info: .info
    case .notice: .notice
    case .warning: .warning
    case .error: .error
    case .critical: .critical
    }
  }
}
