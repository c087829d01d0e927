package import Failure
import Glibc
package import IPC
package import IPCFrames
package import IPCPeer
import Linux
import Text

/// One NIC of one VM.
package struct LeaseKey: Hashable, Sendable {
  package var vm: VMIdentity
  package var nic: UInt8

  package init(vm: VMIdentity, nic: UInt8) {
    self.vm = vm
    self.nic = nic
  }
}

/// What a netd that was started again made of the rules of a running VM.
package enum RulesNotification: Sendable {
  /// They are set; forwards may have other ports of the host than before (`NetdLink.forwards(of:nic:)`).
  case set(VMIdentity, nic: UInt8)
  /// It refused them. What it still knows of the port from the kernel holds.
  case refused(VMIdentity, nic: UInt8, Failure)
}

/// The connection and what has to be said on each new one.
package struct LinkState: ~Copyable {
  package var connection: Connection?
  var leases: [LeaseKey: SlotName] = [:]
  /// Of running VMs.
  package var rules: [LeaseKey: NetworkRules] = [:]
  /// What its VMs lack that netd may not know of.
  package var missing = MissingTaps()
  /// Version of the netd that answered last.
  package private(set) var server = ""
  /// Networks that this user may have ports of, as that one said.
  package private(set) var networks: [String] = []
  /// When it could first not be reached; nil while it could the last time.
  private var missedSince: ContinuousClock.Instant?
  /// The version of the protocol that was agreed with it.
  package private(set) var version: UInt16 = 0
  /// How long answers took, by the question.
  private(set) var times: [Verb: RequestTimes] = [:]
  private let notifications: AsyncStream<RulesNotification>.Continuation

  init(notifications: AsyncStream<RulesNotification>.Continuation) { self.notifications = notifications }

  /// Whether the connection can take another question.
  package var isConnected: Bool {
    switch connection {
    case .some(let open): open.isUsable
    case .none: false
    }
  }

  private var number: Int32? {
    switch connection {
    case .some(let open): open.raw
    case .none: nil
    }
  }

  /// How often, and after how many microseconds, a question is asked again that came too fast.
  private static let timeout = (times: 20, pause: UInt32(100_000))

  /// Asks on the connection there is.
  package mutating func call<R: Request>(_ request: R, expecting: Int = 0) throws(Failure) -> Answer<R.Reply> {
    for _ in 0..<Self.timeout.times {
      do throws(Failure) { return try callOnce(request, expecting) } catch {
        guard error.code == .unavailable, isConnected else { throw error }
      }
      usleep(Self.timeout.pause)
    }
    return try callOnce(request, expecting)
  }

  private mutating func callOnce<R: Request>(_ request: R, _ expecting: Int) throws(Failure) -> Answer<R.Reply> {
    let start = Clock.microseconds()
    defer {
      // What got no answer says nothing about netd.
      if isConnected, let verb = Verb(rawValue: R.verb) {
        times[verb, default: RequestTimes()].note(Clock.microseconds() - start)
      }
    }
    guard let answer = try connection?.call(request, expecting: expecting) else {
      throw Failure(.unavailable, part: .netd, operation: "ask", object: "netd", cause: "not connected")
    }
    return answer
  }

  /// How long after netd was first missed a start waits for it: its unit starts it again after a second, and it takes
  /// less than another to read 1,000 ports back.
  package static let absence: Duration = .seconds(5)

  /// Whether netd has been away for so short a time that it is probably being started again. Who hangs, or refuses us,
  /// will do so again.
  mutating func isShort(_ failure: Failure, now: ContinuousClock.Instant) -> Bool {
    guard !isConnected, failure.code == .unavailable, failure.errno != EAGAIN else { return false }
    let since = missedSince ?? now
    missedSince = since
    return now - since < Self.absence
  }

  package mutating func connect(_ path: String) throws(Failure) {
    guard !isConnected else { return }
    do throws(Failure) {
      try open(path)
      missedSince = nil
    } catch {
      missedSince = missedSince ?? .now
      throw error
    }
    try repeatRules()
  }

  /// What helps one that has its socket and says nothing.
  static var wake: String {
    "if a signal has stopped it (`ps -o stat= -C netd` says T), let it go on: kill -CONT $(pidof netd); else "
      + ServiceRemedy(.netd).restart
  }

  private mutating func open(_ path: String) throws(Failure) {
    do throws(Failure) {
      connection = try Connection.open(path, peer: "netd")
      let hello = try call(Hello(client: "vmsupervisor \(Release.version)")).body
      (server, version, networks) = (hello.server, hello.version, hello.networks)
      try keep()
    } catch {
      connection = nil
      guard error.errno != 0, error.code != .denied else { throw error }
      throw Failure(
        .unavailable, part: .netd, operation: "reach netd", object: path, cause: error.cause,
        remedy: error.errno == EAGAIN ? Self.wake : ServiceRemedy(.netd).start, errno: error.errno)
    }
  }

  private mutating func keep() throws(Failure) {
    var rest = leases.map { Keep.Lease(vm: $0.key.vm, nic: $0.key.nic, slot: $0.value) }
    repeat {
      let part = Array(rest.prefix(Keep.maxLeases))
      rest.removeFirst(part.count)
      let refused = try call(Keep(leases: part, more: !rest.isEmpty)).body.refused
      for index in refused where Int(index) < part.count {
        leases[LeaseKey(vm: part[Int(index)].vm, nic: part[Int(index)].nic)] = nil
      }
    } while !rest.isEmpty
  }

  /// Says the rules of all running VMs. A refusal of one keeps nobody else waiting.
  private mutating func repeatRules() throws(Failure) {
    for (key, known) in rules {
      do throws(Failure) {
        let opened = try say(known, vm: key.vm, nic: key.nic)
        rules[key] = known.settled(opened)
        notifications.yield(.set(key.vm, nic: key.nic))
      } catch {
        guard isConnected else { throw error }
        notifications.yield(.refused(key.vm, nic: key.nic, error))
      }
    }
  }

  /// Notices that the other side has closed the connection.
  mutating func checkConnection() throws(Failure) {
    guard let number else { return }
    var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
    // netd says nothing unasked: what can be read is the end.
    guard poll(&entry, 1, 0) > 0 else { return }
    connection = nil
    throw Failure(.unavailable, part: .netd, operation: "reach netd", object: "netd", cause: "it closed the connection")
  }
}

extension LinkState {
  /// Says the rules of one port: the policy first, because netd opens no way to a port whose policy it does not know.
  /// - Returns: the forwards with their ports of the host.
  package mutating func say(_ rules: NetworkRules, vm: VMIdentity, nic: UInt8) throws(Failure) -> [SavedForward] {
    if let policy = rules.policy { _ = try call(policy) }
    for forward in rules.closing { try close(forward, vm: vm) }
    var opened: [SavedForward] = []
    // Those that must have a certain port first, so that none of them is chosen for another.
    for forward in rules.opening.sorted(by: { !$0.isAutomatic && $1.isAutomatic }) {
      opened.append(try open(forward, vm: vm))
    }
    return opened
  }

  package mutating func close(_ forward: SavedForward, vm: VMIdentity) throws(Failure) {
    do throws(Failure) {
      _ = try call(
        Forward(
          vm: vm, nic: forward.nic, transport: forward.transport, guestPort: forward.guest, hostPort: forward.host,
          isClosed: true))
    } catch {
      // Without the port there is no way to it.
      if error.code != .notFound { throw error }
    }
  }

  private mutating func open(_ forward: SavedForward, vm: VMIdentity) throws(Failure) -> SavedForward {
    var request = Forward(
      vm: vm, nic: forward.nic, transport: forward.transport, guestPort: forward.guest, hostPort: forward.host)
    var opened = forward
    do throws(Failure) { opened.host = try call(request).body.hostPort } catch {
      // The port of the last time belongs to somebody else by now, or is outside the range.
      guard forward.isAutomatic, forward.host != 0, [.exists, .denied].contains(error.code) else { throw error }
      request.hostPort = 0
      opened.host = try call(request).body.hostPort
    }
    return opened
  }
}

extension NetworkRules {
  /// The same when they have been said.
  func settled(_ opened: [SavedForward]) -> NetworkRules {
    var rules = self
    rules.closing = []
    rules.opening = opened
    return rules
  }
}
