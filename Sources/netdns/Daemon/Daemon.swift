import Failure
import Glibc
import Linux
import NetworkPlan

/// The daemon: one thread, one poll loop. It keeps the dnsmasqs in step with netd and with what supervisors say, and none of
/// them needs it to go on.
final class Daemon {
  let settings: Settings
  let log: JournalLog
  let folder: Folder
  var ledger: Ledger
  /// Processes by pid, the same as in the ledger.
  var children: [Int32: Child] = [:]
  /// Until when files are left alone after one could not be written.
  var retry = Backoff(first: 200, longest: 10_000)
  /// When steps are to be taken; nil as long as nothing happens. What clients send is no reason: to compare all files for each
  /// packet would be work for whoever likes to make some.
  var settleAt: Int64? = 0

  private let service: ServiceManager
  private let link: NetdLink
  private let clients: Clients
  private var memory: NameMemory
  private var told: Told
  /// What netd has said last; nil as long as it has said nothing.
  private var facts: PortFacts? {
    didSet { owners = Set((facts?.leases ?? []).map(\.uid)) }
  }
  /// The users that have ports.
  private var owners: Set<UInt32> = []
  /// When what was said since the last look is looked at; nil if nothing was. A supervisor that has come back says the names
  /// of all its VMs one after the other.
  private var lookAt: Int64?
  private var lookDelay = Daemon.leastDelay
  private static let leastDelay: Int64 = 50
  private var nextWatchdog: Int64 = 0
  /// What was last said about netd, and about what it says; neither is repeated.
  private var lastFailure = ""
  private var lastDiagnostics: [String] = []

  init(
    _ settings: Settings, _ folder: consuming Folder, _ listener: consuming ServiceListener?, log: JournalLog,
    service: consuming ServiceManager
  ) throws(Failure) {
    self.settings = settings
    self.log = log
    self.service = service
    ledger = Ledger(linger: settings.linger.milliseconds)
    link = NetdLink(settings.socket)
    do { ledger.files = try folder.contents() } catch { throw error.failure("read", folder.path) }
    memory = NameMemory(linger: settings.linger.milliseconds, files: ledger.files)
    told = Told(linger: settings.linger.milliseconds, files: ledger.files)
    clients = Clients(listener, log: log)
    self.folder = folder
  }

  /// Works until a signal says stop.
  func run(stop: borrowing Descriptor) throws(Failure) {
    adopt(now: Clock.now())
    service.notify("READY=1")
    log.write(.notice, "ready: \(children.count) dnsmasq processes were there already")
    while try turn(stop.raw) {}
    service.notify("STOPPING=1")
    guard settings.stopsInstances else {
      log.write(.notice, "stopping; \(children.count) dnsmasq processes go on")
      return
    }
    let left = Processes.endAll(settings.folder)
    log.write(left == 0 ? .notice : .error, "stopping; \(left) dnsmasq processes are left")
  }

  private func turn(_ stop: Int32) throws(Failure) -> Bool {
    let pids = Array(children.keys)
    var polls = [pollfd(fd: stop, events: Int16(POLLIN), revents: 0)]
    // poll(2) skips a negative number.
    let netd = link.wanted
    polls.append(pollfd(fd: netd?.raw ?? -1, events: netd?.isReading == true ? Int16(POLLIN) : 0, revents: 0))
    let sockets = clients.sockets(now: Clock.now())
    for raw in sockets + pids.map({ children[$0]?.raw ?? -1 }) {
      polls.append(pollfd(fd: raw, events: Int16(POLLIN), revents: 0))
    }
    let ready = poll(&polls, nfds_t(polls.count), timeout(Clock.now()))
    if ready < 0 && errno != EINTR { throw Errno(errno).failure("wait for events") }
    let now = Clock.now()
    if ready > 0 {
      if polls[0].revents != 0 { return false }
      for (index, pid) in pids.enumerated() where polls[index + 2 + sockets.count].revents != 0 { reap(pid, now: now) }
    }
    let isReady = polls[2..<2 + sockets.count].map { ready > 0 && $0.revents != 0 }
    let isChanged = clients.serve(isReady, &told, now: now, owners: owners)
    if isChanged { lookAt = lookAt ?? now + lookDelay }
    hear(ready > 0 && polls[1].revents != 0, now: now)
    if let settleAt, now >= settleAt { settle(now: now) }
    if let interval = service.watchdogInterval?.milliseconds, now >= nextWatchdog {
      service.notify("WATCHDOG=1")
      nextWatchdog = now + interval
    }
    return true
  }

  private func timeout(_ now: Int64) -> Int32 {
    var due: [Int64] = []
    if let next = link.nextDue { due.append(next) }
    if let settleAt { due.append(max(settleAt, retry.notBefore)) }
    if facts != nil { due += [memory.forgetAt, told.forgetAt, lookAt].compactMap(\.self) }
    if let next = clients.nextDue(now: now) { due.append(next) }
    if service.watchdogInterval != nil { due.append(nextWatchdog) }
    guard let first = due.min() else { return -1 }
    return Int32(clamping: max(0, first - now))
  }

  /// Speaks with netd as far as that is possible without waiting.
  private func hear(_ isNews: Bool, now: Int64) {
    do throws(Failure) {
      if isNews {
        let (facts, diagnostics) = try link.read(now: now)
        if diagnostics != lastDiagnostics, !diagnostics.isEmpty {
          log.write(.error, "netd lists what cannot be served: \(diagnostics.prefix(8).joined(separator: ", "))")
        }
        lastDiagnostics = diagnostics
        self.facts = facts
        lookAt = now
        lastFailure = ""
      }
      if try link.tick(now: now) { memory.startOver(now: now) }
    } catch {
      let text = "\(error)"
      if text != lastFailure { log.write(.warning, "\(text); what runs stays as it is") }
      lastFailure = text
      service.notify("STATUS=\(text.filter { !$0.isNewline })")
    }
    if let facts, let due = [memory.forgetAt, told.forgetAt, lookAt].compactMap(\.self).min(), now >= due {
      look(facts, now: now)
    }
  }

  /// Says what is to be, by what netd and supervisors have said.
  private func look(_ facts: PortFacts, now: Int64) {
    lookAt = nil
    let isNew = memory.forgetAt.map { now < $0 } ?? false
    var served = told.listing(facts, isNew: isNew, now: now)
    served.names = memory.serve(served, now: now)
    let wanted = Wanted(
      served, settings, existing: ledger.files, serving: ledger.wanted.map { Set($0.instances.map(\.name)) })
    if !wanted.undescribed.isEmpty, wanted.undescribed != ledger.wanted?.undescribed {
      let ids = wanted.undescribed.map { Hex.text($0) }.joined(separator: ", ")
      log.write(.notice, "no names for VMs with domain list \(ids) yet: its owner has not said which domains it has")
    }
    if !wanted.refused.isEmpty, wanted.refused != ledger.wanted?.refused {
      let ids = wanted.refused.map { Hex.text($0) }.joined(separator: ", ")
      log.write(
        .error, "no names for VMs with domain list \(ids): there are more than MaxProfiles=\(settings.profiles)")
    }
    let counts = "\(wanted.instances.count) dnsmasq processes, \(served.names.count) names"
    if wanted.instances != ledger.wanted?.instances { log.write(.info, "wanted: \(counts)") }
    service.notify("STATUS=\(counts)")
    ledger.wanted = wanted
    settleAt = now
    // Whoever says something new all the time gets a tenth of the processor for it.
    lookDelay = max(Self.leastDelay, (Clock.now() - now) * 9)
  }
}
