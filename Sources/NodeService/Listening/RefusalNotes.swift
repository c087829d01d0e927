import Linux
package import Logging
package import NodeCore
import Synchronization

/// Says that clients are turned away, once in a while: whoever knocks without end must not fill log and events as well.
package final class RefusalNotes: Sendable {
  private let socket: String
  private let events: EventLog
  private let log: Logger
  private let state = Mutex((last: Int64?.none, silent: 0))

  /// Milliseconds between two sentences.
  private static let pause: Int64 = 60_000

  package init(socket: String, events: EventLog, log: Logger) {
    (self.socket, self.events, self.log) = (socket, events, log)
  }

  /// Notes that a connection of `peer` was refused.
  package func note(_ peer: ConnectionPeer, _ why: String) {
    let now = Clock.now()
    let more: Int? = state.withLock { state in
      if let last = state.last, now - last < Self.pause {
        state.silent += 1
        return nil
      }
      defer { state = (now, 0) }
      return state.silent
    }
    guard let more else { return }
    let others = more == 0 ? "" : " (and \(more) others since the last time that was said)"
    let sentence = "connection of \(peer) to \(socket) refused: \(why)\(others)"
    log.warning("\(sentence)")
    var event = HostEvent(kind: .warning, what: sentence)
    event.actor = .caller("\(peer)")
    events.append(event)
  }
}
