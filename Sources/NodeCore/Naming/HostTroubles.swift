package import Failure
import Glibc
package import Logging
import Storage
import Synchronization

/// What is wrong with the host at this moment, beside its VMs: an event when it begins, and one when it is over.
package final class HostTroubles: Sendable {
  private let present = Mutex<[String: Failure]>([:])
  private let events: EventLog
  private let log: Logger

  package init(events: EventLog, log: Logger) {
    self.events = events
    self.log = log
  }

  /// Everything that is wrong now, by what it is about.
  package var all: [(subject: String, failure: Failure)] {
    present.withLock { $0.sorted { $0.key < $1.key }.map { (subject: $0.key, failure: $0.value) } }
  }

  /// Takes whether somebody has set the host's clock within the last hour.
  func noteClock(_ failure: Failure?) {
    note("clock.set", kind: .clock, actor: .host, failure, well: "nobody has set the host's clock for an hour")
  }

  /// Takes how much room the supervisor's own file system has; nil if nobody knows.
  func noteRoom(_ space: FileSystemSpace?) {
    guard let space else { return }
    // How much is left changes all the time, and is no news.
    let fullness = Failure(
      .exhausted, part: .space, operation: "write", object: space.path,
      cause: "the file system of \(space.what) is full",
      remedy: "free space there, or grow the file system", errno: ENOSPC)
    note(
      Self.room, space.level == .exhausted ? fullness : nil,
      well: "there is room again on the file system of \(space.what)")
  }

  /// What lack of room is called. Whoever is asked looks again.
  package static let room = "space.state"

  /// Takes what is known of one thing. Said again it is no news.
  /// - Parameters:
  ///   - subject: stable, for `doctor`: `metrics.listen`, `dns.default`.
  ///   - failure: what is wrong, nil if it is well.
  ///   - well: what to say when it is well again.
  package func note(
    _ subject: String, kind: EventKind = .warning, actor: EventActor = .supervisor, _ failure: Failure?, well: String
  ) {
    let before = present.withLock { present in
      let before = present[subject]
      present[subject] = failure
      return before
    }
    if let failure, failure.cause != before?.cause {
      log.warning("\(failure)")
      events.append(
        HostEvent(kind: kind, what: "cannot \(failure.operation) \(failure.object)", actor: actor, why: failure))
    } else if failure == nil, before != nil {
      log.notice("\(well)")
      events.append(HostEvent(kind: kind, what: well))
    }
  }
}
