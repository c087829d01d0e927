@preconcurrency import Dispatch
import Failure
import Glibc
import HypervisorQEMU
import Linux
import Logging
import NodeCore
import NodeDiagnosis
import NodeService
import Storage

/// The supervisor as a service: one per runtime folder, serving until it is told to end.
struct Daemon: Sendable {
  let settings: Settings
  private let log: Logger

  /// How often netd is asked for ports that no VM has any more: those of a VM that was deleted while netd was away.
  private static let sweepInterval: Duration = .seconds(60)
  /// How soon a netd that was started again is told the rules of running VMs.
  private static let netdInterval: Duration = .seconds(1)
  /// How long the end waits for who watches its health to be told.
  private static let farewell: Duration = .seconds(1)
  /// How long it waits for calls that have begun. The unit permits it 20 seconds for all.
  private static let patience: Duration = .seconds(5)
  /// How long the last answers are on their way to the sockets.
  private static let flush: Duration = .milliseconds(100)

  init(_ settings: Settings) {
    self.settings = settings
    log = Logger(label: "vmsupervisor", factory: { _ in JournalHandler() })
  }

  func run() async throws {
    let given = try GivenSockets()
    let service = Service()
    let store = RecordStore(paths: settings.paths)
    try store.prepare()
    let alone = try lockInstance()
    if let trouble = try StateFormat(settings.paths).settle() { log.warning("\(trouble)") }
    let shares = try descriptorShares()
    let limits = HostLimits.gather(settings)
    for warning in limits.warnings { log.warning("\(warning)") }
    let events = EventLog(folder: settings.paths.events, losses: settings.paths.runtime + "/events.lost")
    let confinement = HostConfinement.gather(log: log)
    let context = NodeContext(
      settings: settings, store: store, netd: NetdLink(path: settings.netdSocket), facts: .gather(),
      backend: QEMUBackend(path: settings.qemu), host: LocalHost(launcher: settings.launcher, confinement),
      confinement: confinement,
      gate: StartGate(limit: settings.concurrentStarts), holders: ImageHolders(), limits: limits,
      events: events, metrics: MetricsBoard(interval: settings.metricsInterval), log: log,
      troubles: HostTroubles(events: events, log: log))
    let fleet = Fleet(context)
    try await fleet.restore()
    await announce(fleet)

    let serving = ServingState()
    let sockets = NodeSockets(fleet, log: log, serving: serving)
    let operators = try sockets.operators(given: given.local?.take(), .operators(shares.operators))
    let readers = try sockets.readers(.readers(shares.readers))
    let network = sockets.network(given: given.network, .network(shares.network))
    let ends = endSignals()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await operators.run() }
      if let readers { group.addTask { try await readers.run() } }
      if let network { group.addTask { await network.run() } }
      _ = await operators.server.transport.listeningAddress
      _ = await readers?.server.transport.listeningAddress
      service.manager.notify("READY=1")
      log.info("serving on \(settings.socket)")
      let ending = Task {
        for await _ in ends.signals { break }
        // Balancers leave before their connections go.
        await serving.announce(.notServing, within: Self.farewell)
        if await sockets.calls.end(within: Self.patience) { try? await Task.sleep(for: Self.flush) }
        operators.beginGracefulShutdown()
        readers?.beginGracefulShutdown()
        network?.beginGracefulShutdown()
      }
      defer { ending.cancel() }
      group.addTask { await ending.value }
      group.addTask {
        while !Task.isCancelled {
          try? await Task.sleep(for: Self.sweepInterval)
          await fleet.sweep()
        }
      }
      group.addTask { await fleet.followNetd() }
      group.addTask { await LogKeeper(fleet: fleet, log: log).run() }
      group.addTask { await stayWithNetd(context) }
      group.addTask { await stayWithNetdns(context) }
      group.addTask { await PortWatch(fleet: fleet).run() }
      group.addTask { await FleetWatch(fleet: fleet).run() }
      group.addTask { await MendingWatch(fleet: fleet).run() }
      group.addTask { await ImageWatch(fleet: fleet).run() }
      group.addTask { await Collector(fleet: fleet, log: log).run() }
      if let address = settings.metrics {
        group.addTask {
          await MetricsServer(
            address: address, board: context.metrics, log: log, troubles: context.troubles
          ).run()
        }
      }
      if let interval = service.manager.watchdogInterval {
        group.addTask {
          while !Task.isCancelled {
            service.manager.notify("WATCHDOG=1")
            try? await Task.sleep(for: interval)
          }
        }
      }
      // Streams of clients can be endless; guests do not care, so neither do we.
      _ = try await group.next()
      service.manager.notify("STOPPING=1")
      // A socket that nobody has called ends first.
      if serving.status == .notServing { await ending.value }
      context.events.append(HostEvent(kind: .state, what: "supervisor told to end"))
      group.cancelAll()
    }
    await context.events.flush()
    operators.remove()
    readers?.remove()
    _ = consume alone
  }

  /// Raises the limit of open files, and divides it.
  /// - Throws: `.exhausted` if it is too low to work with.
  private func descriptorShares() throws(Failure) -> (operators: Int, readers: Int, network: Int) {
    try? OpenFiles.raiseLimit()
    let most = Int(Descriptor.usage().most)
    guard most >= DescriptorBudget.least else {
      throw Failure(
        .exhausted, operation: "start", object: "vmsupervisor",
        cause: "it may have \(most) files open, and needs \(DescriptorBudget.least)",
        remedy: "raise the limit: LimitNOFILE=524288 in its unit, or `ulimit -Hn`")
    }
    let shares = DescriptorBudget.shares(of: most)
    if shares.operators < DescriptorBudget.operators {
      log.warning(
        "it may have \(most) files open: \(shares.operators) connections of operators, \(shares.readers) of readers and \(shares.network) of the network are let in instead of \(DescriptorBudget.operators), \(DescriptorBudget.readers) and \(DescriptorBudget.network); raise LimitNOFILE="
      )
    }
    return shares
  }

  /// Notes that the supervisor is there, and what it misses.
  private func announce(_ fleet: Fleet) async {
    let events = fleet.context.events
    events.append(
      HostEvent(kind: .state, what: "supervisor \(Release.version) started with \(await fleet.all().count) VMs"))
    for record in await fleet.quarantined {
      events.append(
        HostEvent(vm: record.id, kind: .warning, what: "record set aside in \(record.path)", why: record.why))
    }
    // Asking it takes a while, and VMs that run do not need it.
    let backend = fleet.context.backend
    Task {
      do throws(Failure) { _ = try await backend.capabilities() } catch {
        log.error("\(error)")
        events.append(HostEvent(kind: .warning, what: "no VM can be started", why: error))
      }
    }
  }

  private func stayWithNetd(_ context: NodeContext) async {
    let events = context.events
    var isAway = false
    while !Task.isCancelled {
      do throws(Failure) {
        try await context.netd.stayConnected()
        context.noteNetdSocket()
        if isAway {
          log.notice("netd answers again")
          events.append(HostEvent(kind: .netd, what: "netd answers again"))
        }
        isAway = false
      } catch {
        if !isAway {
          log.warning("\(error)")
          events.append(HostEvent(kind: .netd, what: "netd does not answer", why: error))
        }
        isAway = true
      }
      try? await Task.sleep(for: Self.netdInterval)
    }
  }

  /// A netdns that was started again is told everything. That it is away is judged by what serves names (`NamingFacts`).
  private func stayWithNetdns(_ context: NodeContext) async {
    while !Task.isCancelled {
      try? await context.netdns.stayConnected()
      try? await Task.sleep(for: Self.netdInterval)
    }
  }

  /// The service manager, for several tasks.
  private final class Service: Sendable {
    let manager = ServiceManager()
  }

  /// The sockets that systemd has opened for us: one of the host, one of the network.
  private struct GivenSockets: Sendable {
    private(set) var local: DescriptorCell?
    private(set) var network: DescriptorCell?

    /// - Throws: `.invalid` for two of a kind: those who come to the second would wait for ever.
    init() throws(Failure) {
      var given = ServiceManager.listeners()
      for index in 0..<given.count {
        guard let socket = given.take(index) else { continue }
        let isNetwork = NetworkSocket.isOne(socket.raw)
        guard (isNetwork ? network : local) == nil else {
          throw Failure(
            .invalid, operation: "take the sockets of", object: "systemd",
            cause: "there are two of \(isNetwork ? "the network" : "this host")",
            remedy: "let the units of vmsupervisor's sockets listen at one path and one address (ListenStream=)")
        }
        if isNetwork { network = DescriptorCell(socket) } else { local = DescriptorCell(socket) }
      }
    }
  }

  private func lockInstance() throws(Failure) -> Descriptor {
    let path = settings.paths.runtime + "/vmsupervisor.lock"
    let lock: Descriptor?
    do throws(Errno) { lock = try LockFile.acquire(path) } catch { throw error.failure("lock", path) }
    guard let lock else {
      throw Failure(
        .exists, operation: "start", object: "vmsupervisor",
        cause: "another one already serves \(settings.paths.runtime)",
        remedy: "stop that one first, or give this one other directories")
    }
    return lock
  }

  private struct EndSignals: Sendable {
    var signals: AsyncStream<Void>
    var sources: [any DispatchSourceSignal]
  }

  private func endSignals() -> EndSignals {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    let sources = [SIGTERM, SIGINT].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { continuation.yield() }
      source.activate()
      return source
    }
    signal(SIGPIPE, SIG_IGN)
    StopSignal.unblockAll()
    return EndSignals(signals: stream, sources: sources)
  }
}
