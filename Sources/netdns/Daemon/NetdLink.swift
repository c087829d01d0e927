import Failure
import IPC
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
  func read(now: Int64) throws(Failure) -> (Listing, diagnostics: [String]) {
    do throws(Failure) {
      guard case .waiting(let question) = state, let answer = try connection?.answer(to: question) else {
        throw Failure(
          .unavailable, operation: "ask", object: "netd", cause: "it closed the connection", remedy: "see its log")
      }
      pages = 0
      let shards = try Shards.all { page throws(Failure) in try call(page) }
      let names = try Names.all { page throws(Failure) in try call(page) }
      let profiles = try profiles()
      generation = answer.body.generation
      backoff.succeed()
      state = .resting(until: now + Self.pause + pages * Self.pausePerPage)
      return Listing.checked(shards: shards, names: names, profiles: profiles)
    } catch { throw lose(error, now: now) }
  }

  /// One in each answer, as their lists of domains may fill it.
  private func profiles() throws(Failure) -> [Profiles.Reply] {
    var profiles: [Profiles.Reply] = []
    var cursor: UInt32 = 0
    repeat {
      let profile = try call(Profiles(cursor: cursor))
      guard profile.next == 0 || profile.next > cursor else {
        throw Failure(.protocol, operation: "ask", object: "netd", cause: "list \(profile.next) follows list \(cursor)")
      }
      if profile.id != 0 { profiles.append(profile) }
      cursor = profile.next
    } while cursor != 0
    return profiles
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
