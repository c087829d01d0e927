import Failure
import IPC
import IPCFrames
import IPCPeer
import Linux

/// The connection to netd: lost and made again, waiting for news most of the time.
final class NetdLink {
  /// At least this many milliseconds pass between two looks at what netd says, and for each page of it two more, so that
  /// netd's limit on questions is never reached.
  static let pause: Int64 = 100
  static let pausePerPage: Int64 = 2

  private enum State {
    case away
    case waiting(Question<Watch>)
    case resting(until: Int64)
  }

  private let path: String
  private var connection: Connection?
  private var state = State.away
  private var backoff = Backoff(first: 200, longest: 5000)
  private var generation: UInt64 = 0
  private var pages: Int64 = 0

  init(_ path: String) { self.path = path }

  /// The socket, for `poll(2)`, and whether something to read is expected; nil while there is none.
  var wanted: (raw: Int32, isReading: Bool)? {
    let raw: Int32? =
      switch connection {
      case .some(let connection): connection.raw
      case .none: nil
      }
    guard let raw else { return nil }
    if case .waiting = state { return (raw, true) }
    return (raw, false)
  }

  /// When `tick` has something to do; nil for never.
  var nextDue: Int64? {
    switch state {
    case .away: backoff.notBefore
    case .waiting: nil
    case .resting(let end): end
    }
  }

  /// Connects, or asks for news, when it is time.
  /// - Returns: whether another netd answers from here on.
  func tick(now: Int64) throws(Failure) -> Bool {
    guard let due = nextDue, now >= due else { return false }
    let isNew = wanted == nil
    do throws(Failure) {
      if isNew {
        var opened = try Connection.open(path, peer: "netd")
        _ = try opened.call(Hello(client: "netdns"))
        connection = consume opened
        generation = 0
      }
      guard let question = try connection?.ask(Watch(generation: generation)) else { return false }
      state = .waiting(question)
    } catch { throw lose(error, now: now) }
    return isNew
  }

  /// Takes the news that have come and reads all that netd says.
  func read(now: Int64) throws(Failure) -> (facts: PortFacts, diagnostics: [String]) {
    do throws(Failure) {
      guard case .waiting(let question) = state, let answer = try connection?.answer(to: question) else {
        throw Failure(
          .unavailable, operation: "ask", object: "netd", cause: "it closed the connection", remedy: "see its log")
      }
      pages = 0
      let shards = try Shards.all { page throws(Failure) in try call(page) }
      let leases = try Leases.all { page throws(Failure) in try call(page) }
      generation = answer.body.generation
      backoff.succeed()
      state = .resting(until: now + Self.pause + pages * Self.pausePerPage)
      return PortFacts.checked(shards: shards, leases: leases)
    } catch { throw lose(error, now: now) }
  }

  private func call<R: Request>(_ request: R) throws(Failure) -> R.Reply {
    guard let answer = try connection?.call(request) else {
      throw Failure(.unavailable, operation: "ask", object: "netd", cause: "not connected")
    }
    pages += 1
    return answer.body
  }

  private func lose(_ failure: Failure, now: Int64) -> Failure {
    connection = nil
    state = .away
    backoff.fail(now: now)
    return failure
  }
}
