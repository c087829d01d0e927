import Failure
import Glibc
import IPC
import Linux
import Netlink
import NetworkPlan

/// The daemon: one thread, one poll loop, no waiting for any client.
final class Daemon {
  let settings: NetdSettings
  let log: JournalLog
  let links: Links
  let grace: Int64
  var panel: Panel

  /// When to look whether a leased TAP is held, by slot number.
  var checks: [Int: Int64] = [:]
  /// TAPs, by slot, that somebody gave another hardware address and that have theirs again.
  var mended: Set<Int> = []
  /// Slots whose TAPs are to be deleted.
  var exits = ExitQueue()
  /// Whether the memory that only the start needed is given back.
  var isSettled = false
  /// When somebody last asked for something.
  var askedAt: Int64 = 0
  /// Next lease of the round that looks at all of them in turn.
  var roundCursor = 0
  var nextRound: Int64 = 0
  /// No TAPs are made ahead before this time; set after a failure.
  var refillAfter: Int64 = 0
  /// The last comparison with the kernel, what it found, and whether another one is due.
  var lastReconcile: Int64 = 0
  var isStale = false
  var staleAfter: Int64 = 0
  var findings: [Finding] = []
  /// TAPs, by slot, that something has happened to, and when it is looked at whether they are as they should be.
  var suspects: Set<Int> = []
  var inspectAfter: Int64 = 0
  /// Slots of TAPs by the numbers of their interfaces.
  var slots: [Int32: Slot] = [:]
  /// When the guard is looked at, because something in its tables was changed; nil if nothing was.
  var guardDue: Int64? = 0
  /// When it was last found to be as it should be, and why it could not be made so.
  var guardSeenAt: Int64 = 0
  var guardFailure: Failure?
  var notificationLog = NotificationLog()
  var lists = ListTable()
  var hostPorts: HostPorts
  /// Changes with everything that DHCP and DNS are to know; never the same as in an earlier life of netd.
  var generation: UInt64 { life &+ panel.changes &+ lists.changes }
  var totals = ServedCounts()
  let startedAt: Int64
  /// Tells one start of netd from another.
  let life: UInt64
  /// How often each connected user may ask.
  var requestRates: RequestRates
  let guarding: Guard
  var clientCount: Int { clients.count }
  /// When the last netdns has left; nil while one is there, or if there never was one.
  var namingGoneSince: Int64? { clients.contains(where: \.isNaming) ? nil : namingLeftAt }

  private var clients: [Client] = []
  private var namingLeftAt: Int64?
  private var monitor: LinkMonitor
  private let filterMonitor: NetfilterMonitor
  private let service: ServiceManager
  private var nextWatchdog: Int64 = 0
  private var buffer: [UInt8]

  init(_ settings: NetdSettings, log: JournalLog, service: consuming ServiceManager, frame: Int) throws(Failure) {
    self.settings = settings
    self.log = log
    self.service = service
    grace = settings.grace.milliseconds
    startedAt = Clock.now()
    life = Clock.microseconds()
    hostPorts = HostPorts(settings.forwards)
    requestRates = RequestRates(perSecond: settings.requestsPerSecond)
    // Listening before looking: no change can fall between the two.
    monitor = try LinkMonitor()
    let layout = Layout(try Links.measured(settings.networks))
    panel = Panel(layout, quota: settings.portsPerUser)
    try Links.switchOffLeftOvers(layout)
    let taken = try Links.taken(layout)
    guarding = try Guard(layout, macs: try Links.macs(layout))
    // Not before: joining its group makes the kernel load nf_tables in the background, and asking meanwhile fails.
    filterMonitor = try NetfilterMonitor()
    links = try Links(layout, guarding, uplinks: settings.uplinks)
    buffer = [UInt8](repeating: 0, count: frame)
    for (network, words) in taken { tell(network, words, now: startedAt) }
  }

  /// Serves until a signal says stop. Guests and ports stay as they are.
  func run(_ listener: borrowing ServiceListener, stop: borrowing Descriptor) throws(Failure) {
    let now = Clock.now()
    try reconcile(now: now)
    adopt()
    nextRound = now + grace
    service.notify("READY=1")
    log.write(.notice, "ready: \(panel.layout.networks.map(\.name).joined(separator: ", "))")
    while try turn(listener.socket.raw, stop.raw) {}
    service.notify("STOPPING=1")
    flushAll(Clock.now())
    log.write(.notice, "stopping; ports stay as they are")
  }

  private func turn(_ listener: Int32, _ stop: Int32) throws(Failure) -> Bool {
    var polls = [
      pollfd(fd: stop, events: Int16(POLLIN), revents: 0), pollfd(fd: monitor.raw, events: Int16(POLLIN), revents: 0),
      pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
      pollfd(fd: filterMonitor.raw, events: Int16(POLLIN), revents: 0),
    ]
    for client in clients { polls.append(pollfd(fd: client.socket.raw, events: Int16(POLLIN), revents: 0)) }
    let ready = poll(&polls, nfds_t(polls.count), timeout(Clock.now()))
    if ready < 0 && errno != EINTR { throw Errno(errno).failure("wait for events") }
    let now = Clock.now()
    if ready > 0 {
      if polls[0].revents != 0 { return false }
      for (index, client) in clients.enumerated() where polls[index + 4].revents != 0 { serve(client, now) }
      if polls[1].revents != 0 { try drain(now) }
      if polls[3].revents != 0 { try drainFilter(now) }
      if polls[2].revents != 0 { accept(listener, now) }
    }
    maintain(now)
    tellWatchers(clients)
    clients.removeAll { client in
      if client.phase == .new, now >= client.greetBy { close(client, ProtocolViolation(why: "no greeting")) }
      if let end = idleEnd(client), now >= end {
        client.isDone = true
        log.write(.info, "\(client.text) is closed: no request for \(settings.idle)")
      }
      if client.isDone, client.isNaming { namingLeftAt = now }
      return client.isDone
    }
    requestRates.trim(above: clients.count, now: now)
    if let interval = service.watchdogInterval?.milliseconds, now >= nextWatchdog {
      service.notify("WATCHDOG=1")
      nextWatchdog = now + interval
    }
    return true
  }

  private func timeout(_ now: Int64) -> Int32 {
    var due = nextMaintenance(now)
    if service.watchdogInterval != nil { due = min(due, nextWatchdog) }
    for client in clients {
      if client.phase == .new { due = min(due, client.greetBy) }
      if let end = idleEnd(client) { due = min(due, end) }
    }
    return Int32(clamping: max(0, due - now))
  }

  /// When a silent connection is closed; nil if it waits for news, or its user has ports.
  private func idleEnd(_ client: Client) -> Int64? {
    guard client.watch == nil, panel.ports(of: client.peer.uid) == 0 else { return nil }
    return client.heardAt + settings.idle.milliseconds
  }

  private func drain(_ now: Int64) throws(Failure) {
    var events: [LinkEvent] = []
    try monitor.drain(limit: 128) { events.append($0) }
    for event in events { notice(event, now: now) }
  }

  private func drainFilter(_ now: Int64) throws(Failure) {
    let notifications = try filterMonitor.drain(limit: 256, table: Ruleset.table, leavingOut: Ruleset.isOpen)
    if notifications.isTouched {
      guardDue = guardDue ?? max(now, guardSeenAt + Self.guardRest)
    } else if guardDue == nil, let generation = notifications.generation {
      guarding.pass(generation)
    }
  }

  private func accept(_ listener: Int32, _ now: Int64) {
    do {
      guard let socket = try UnixSocket.accept(listener) else { return }
      let peer = try PeerCredentials(of: socket.raw)
      let own = clients.count { $0.peer.uid == peer.uid }
      let places = Places(most: settings.clients)
      let isKnown = panel.ports(of: peer.uid) > 0 || peer.uid == settings.namesUser
      let unnamed = clients.count { $0.phase == .new && $0.peer.uid != 0 }
      guard
        places.admits(
          peer.uid == 0 ? .root : isKnown ? .known : .other, own: own, unnamed: unnamed, all: clients.count)
      else {
        log.write(.warning, "connection of uid \(peer.uid) refused: it has \(own) of \(settings.clients) (MaxClients=)")
        return
      }
      let grant = settings.access.grant(uid: peer.uid, groups: PeerCredentials.groups(of: socket.raw) + [peer.gid])
      clients.append(Client(socket, peer, grant, now: now))
    } catch { log.write(.error, "cannot accept a connection: \(error)") }
  }

  /// Takes one packet, so that every client has its turn.
  private func serve(_ client: Client, _ now: Int64) {
    do {
      let packet = try Packets.receive(into: &buffer, maxDescriptors: 0, from: client.socket.raw)
      guard packet.length > 0 else {
        client.isDone = true
        return
      }
      askedAt = now
      try answer(Array(buffer.prefix(packet.length)), from: client, now: now)
    } catch let violation as ProtocolViolation {
      close(client, violation)
    } catch let error as Errno where error.isAgain {
      return
    } catch let error as Errno where error.code == EMSGSIZE {
      close(client, ProtocolViolation(why: "oversized frame or descriptors"))
    } catch { client.isDone = true }
  }

  private func close(_ client: Client, _ violation: ProtocolViolation) {
    client.isDone = true
    totals.violations += 1
    log.write(.warning, "\(client.text) is cut off: \(violation.why)")
  }
}
