import Failure
import Glibc
package import IPC
import IPCNames
import IPCPeer
import Linux

/// What a VM is called in the network of its first network card.
package struct ToldName: Hashable, Sendable {
  package var vm: VMIdentity
  package var network: String
  /// One label; empty for none.
  package var name: String

  package init(vm: VMIdentity, network: String, name: String) {
    self.vm = vm
    self.network = network
    self.name = name
  }

  /// Nil for a VM that has no port by which DNS could know it.
  init?(_ record: Record, label: String) {
    guard let port = record.ports.first(where: { $0.nic == 0 }), !label.isEmpty else { return nil }
    self.init(vm: record.identity, network: port.network, name: label)
  }
}

/// The connection to netdns, and what has to be said on each new one.
struct NetdnsState: ~Copyable {
  /// A domain list of a running VM's port.
  struct ToldList: Hashable, Sendable {
    var number: UInt32
    var domains: [String]
  }

  private var connection: Connection?
  private(set) var names: [VMIdentity: ToldName] = [:]
  private(set) var lists: [LeaseKey: ToldList] = [:]
  /// Why it could not be told, and since when; nil while it can.
  private(set) var failure: (why: Failure, since: ContinuousClock.Instant)?
  /// Nobody tries to connect before.
  private var notBefore: ContinuousClock.Instant?

  /// How long after a failed attempt none is made: a start must not wait for a netdns that hangs more than once.
  private static let pause: Duration = .seconds(1)

  init() {}

  private var number: Int32? {
    switch connection {
    case .some(let open): open.raw
    case .none: nil
    }
  }

  /// Whether the connection can take another question.
  private var isConnected: Bool {
    switch connection {
    case .some(let open): open.isUsable
    case .none: false
    }
  }

  mutating func remember(_ names: [ToldName], _ rules: [LeaseKey: NetworkRules]) {
    for name in names { self.names[name.vm] = name }
    for (key, rule) in rules { note(rule, of: key) }
  }

  /// Notes a VM's name; empty for none.
  mutating func note(_ name: ToldName) { names[name.vm] = name.name.isEmpty ? nil : name }

  /// Notes the list of a port.
  mutating func note(_ rules: NetworkRules, of key: LeaseKey) {
    guard let policy = rules.policy else { return }
    lists[key] = policy.list == 0 ? nil : ToldList(number: policy.list, domains: rules.domains)
  }

  /// The VM does not run any more: its lists are said again when it is started.
  mutating func rest(vm: VMIdentity) { lists = lists.filter { $0.key.vm != vm } }

  mutating func forget(vm: VMIdentity) {
    rest(vm: vm)
    names[vm] = nil
  }

  /// Says one thing, if netdns is there; if it is not, it is said with all others as soon as it is.
  /// - Throws: its refusal. That it cannot be reached is none.
  mutating func say<R: Request>(_ request: R, _ path: String, now: ContinuousClock.Instant) throws(Failure) {
    if !isConnected {
      if let notBefore, now < notBefore { return }
      // All is said on a new connection, this too.
      do throws(Failure) { try connect(path, now: now) } catch { return }
    }
    do throws(Failure) { _ = try connection?.call(request) } catch {
      guard isConnected, error.code != .unavailable else {
        lose(error, now: now)
        return
      }
      throw error
    }
  }

  /// Connects if there is no connection or the other side has closed it, and says everything.
  /// - Throws: why netdns cannot be told.
  mutating func connect(_ path: String, now: ContinuousClock.Instant) throws(Failure) {
    checkConnection()
    guard !isConnected else { return }
    do throws(Failure) {
      var opened = try Connection.open(path, peer: "netdns", seconds: Self.timeout)
      _ = try opened.call(Greet(client: "vmsupervisor \(Release.version)"))
      connection = consume opened
      try sayAll()
      failure = nil
    } catch {
      lose(error, now: now)
      throw error
    }
  }

  /// Seconds that netdns may take for an answer; VMs that start wait for it.
  private static let timeout: Int32 = 2

  /// A refusal of one thing keeps nothing else from being said.
  private mutating func sayAll() throws(Failure) {
    for name in names.values {
      try saying { connection throws(Failure) in
        _ = try connection?.call(TellName(vm: name.vm, network: name.network, name: name.name))
      }
    }
    for list in Set(lists.values) {
      try saying { connection throws(Failure) in
        _ = try connection?.call(TellDomains(list: list.number, domains: list.domains))
      }
    }
  }

  private mutating func saying(_ body: (inout Connection?) throws(Failure) -> Void) throws(Failure) {
    for _ in 0..<Self.attempts {
      do throws(Failure) { return try body(&connection) } catch {
        guard isConnected else { throw error }
        // A refusal holds until it is said again; who only came too fast comes again.
        if error.code != .unavailable { return }
      }
      usleep(100_000)
    }
  }

  private static let attempts = 20

  private mutating func lose(_ why: Failure, now: ContinuousClock.Instant) {
    connection = nil
    failure = (why, failure?.since ?? now)
    notBefore = now + Self.pause
  }

  /// netdns says nothing unasked: what can be read is the end.
  private mutating func checkConnection() {
    guard let number else { return }
    var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
    if poll(&entry, 1, 0) > 0 { connection = nil }
  }
}
