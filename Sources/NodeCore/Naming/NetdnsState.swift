import Failure
import IPC
import IPCFrames

/// What netdns is told, on which connection, and what became of it. Calls that say something block.
struct NetdnsState: Sendable {
  /// What is to be said.
  var facts = NetdnsFacts()
  private var connection: NetdnsConnection?
  private var refusals = NetdnsRefusals()
  /// Why it could not be told, and since when; nil while it can.
  private(set) var failure: (why: Failure, since: ContinuousClock.Instant)?
  /// When what was refused is said again.
  private var repeatAt = ContinuousClock.now

  /// How long what was refused is left alone.
  private let rest: Duration

  init(rest: Duration) { self.rest = rest }

  private var isConnected: Bool { connection?.isOpen ?? false }

  /// What has to be said on a new connection; nil if there is one.
  var missing: NetdnsFacts? { isConnected ? nil : facts }

  /// What netdns does not take, by the VM that it is about.
  var refused: [VMIdentity: Failure] { refusals.byVM(facts) }

  mutating func remember(_ names: [ToldName], _ rules: [LeaseKey: NetworkRules]) {
    for name in names { facts.note(name) }
    for (key, rule) in rules { facts.note(rule, of: key) }
  }

  /// Says one thing, if netdns is there; if it is not, it is said with all others as soon as it is. As long as it could not be
  /// told, nobody tries here: a start does not wait more than once for a netdns that hangs.
  /// - Returns: whether netdns has heard it.
  /// - Throws: its refusal. That it cannot be reached is none.
  mutating func say<R: Request>(_ request: R, _ path: String) throws(Failure) -> Bool {
    if !isConnected {
      guard failure == nil else { return false }
      do throws(Failure) {
        let opened = try NetdnsConnection(path)
        let said = facts
        try take(opened, said: said, opened.say(said))
      } catch {
        lose(error)
        return false
      }
    }
    guard let connection else { return false }
    let refusal: Failure?
    do throws(Failure) { refusal = try connection.refusal(of: request) } catch {
      lose(error)
      return false
    }
    guard let refusal else { return true }
    guard refusal.code != .unavailable else {
      // It came too fast however often it was said: somebody else of this user asks all the time.
      lose(refusal)
      return false
    }
    throw refusal
  }

  /// netdns has taken a VM's name that it may have refused before.
  mutating func settle(_ name: ToldName) { refusals.names[name] = nil }

  /// Goes on with a new connection on which `said` was said; whatever has changed since then is said now.
  mutating func take(_ opened: NetdnsConnection, said: NetdnsFacts, _ before: NetdnsRefusals) throws(Failure) {
    guard !isConnected else { return }
    let difference = facts.since(said)
    var all = before
    all.merge(try opened.say(difference))
    facts.settle(deleted: said.deleted.union(difference.deleted))
    refusals = all
    repeatAt = ContinuousClock.now + rest
    connection = opened
    failure = nil
  }

  /// Says again what was refused, now and then: whose name it was may have gone.
  mutating func sayRefusedAgain() throws(Failure) {
    guard let connection, !refusals.isEmpty, ContinuousClock.now >= repeatAt else { return }
    repeatAt = ContinuousClock.now + rest
    do throws(Failure) { refusals = try connection.say(facts.refused(refusals)) } catch {
      lose(error)
      throw error
    }
  }

  /// There is no connection. Times count from now: what has failed may have taken long.
  mutating func lose(_ why: Failure) {
    connection = nil
    failure = (why, failure?.since ?? ContinuousClock.now)
  }
}
