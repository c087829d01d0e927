package import Failure
package import Life
import Linux
import Logging

/// One VM: its life cycle, its record, and the process that belongs to it.
///
/// Everything that happens comes in as an `Event`, one after the other: the pure life cycle decides, the record is on
/// disk, then the effects begin. Long effects run beside and come back as events.
package actor VirtualMachine {
  package nonisolated let id: String
  package nonisolated let name: String
  /// What others call it, if that is something else.
  package nonisolated let givenName: String?
  package nonisolated let paths: VMPaths
  package nonisolated let context: NodeContext
  /// The console, over all runs.
  package nonisolated let consoleHub: ConsoleHub
  /// Where programs that work on its images run.
  package nonisolated let tools: ToolRoom

  let keeper: RecordKeeper
  let state: VMState
  let view: VMView
  let reporter: VMReporter
  let waits: VMWaits
  let timers = LifeTimers()
  let gate = ChangeGate()
  /// Made when they are needed first: what they see they hand in here.
  private(set) lazy var parts = VMParts(
    keeper, state, reporter, waits, timers, gate, consoleHub, tools, paths, context
  ) { [weak self] in await self?.observe($0) }

  private var inbox: [Mail] = []
  private var isReading = false
  /// Those who wait until nothing is read.
  private var waitingForQuiet: [CheckedContinuation<Void, Never>] = []

  private struct Mail {
    var event: Event
    /// In whose name it comes.
    var requester: Author
    var reply: CheckedContinuation<Result<Void, Failure>, Never>
  }

  package init(_ record: Record, _ context: NodeContext) {
    id = record.id
    name = record.spec.name
    givenName = record.givenName
    paths = context.paths.vm(record.id)
    self.context = context
    tools = ToolRoom(
      launcher: context.settings.launcher, isStrict: context.settings.strict, context.confinement)
    consoleHub = ConsoleHub(
      log: GuestLog(paths.consoleLog, cap: context.settings.consoleLogSize),
      history: context.settings.consoleHistory)
    keeper = RecordKeeper(record, in: context.store, context.log)
    state = VMState(name, LifeCycle(record.memory(at: .now), policy: RestartPolicy(record.spec.restart)))
    view = VMView(keeper, state, timers, consoleHub)
    reporter = VMReporter(
      id: id, log: context.log, events: context.events, board: context.metrics, state, view)
    waits = VMWaits(state, reporter)
  }

  package var record: Record { keeper.record }
  package var life: LifeCycle { state.life }
  package var run: VMRun? { state.run }
  package var isRetired: Bool { state.isRetired }
  package var hasAnswered: Bool { state.hasAnswered }

  // MARK: events

  /// Hands in an event and waits until it was taken: decided, recorded, its effects begun.
  /// - Throws: the refusal of a request. Observations are never refused.
  package func submit(_ event: Event) async throws(Failure) {
    let result = await withCheckedContinuation { reply in
      inbox.append(Mail(event: event, requester: .current, reply: reply))
      guard !isReading else { return }
      isReading = true
      // What follows from it, timers and watchers, is not in the name of whoever came first.
      Task { await Author.$current.withValue(.supervisor) { await self.read() } }
    }
    try result.get()
  }

  /// The same for whoever has no use for a refusal: timers and watchers.
  func observe(_ event: Event) async {
    do throws(Failure) { try await submit(event) } catch {
      reporter.log(.error, "\(error)")
    }
  }

  private func read() async {
    while !inbox.isEmpty {
      let mail = inbox.removeFirst()
      mail.reply.resume(returning: await take(mail.event, by: mail.event.author(mail.requester)))
    }
    isReading = false
    for one in waitingForQuiet { one.resume() }
    waitingForQuiet = []
  }

  private func take(_ event: Event, by author: Author) async -> Result<Void, Failure> {
    guard !(isRetired && event.isCommand) else { return .failure(.noSuchVM(name, operation: "reach")) }
    if let busy = parts.devices.obstacle(to: event) {
      if event == .timer(.restart) { perform(.arm(.restart, after: Escalation.interval)) }
      return .failure(busy)
    }
    var next = life
    next.policy = RestartPolicy(record.spec.restart)
    let effects: [Effect]
    do throws(Failure) { effects = try next.handle(event, jitter: .random(in: 0..<1)) } catch {
      return .failure(error.about(name))
    }
    next.nameItself(name)
    do throws(Failure) { try await note(next, event, by: author) } catch {
      // What cannot be written down is not granted.
      if event == .timer(.restart) { perform(.arm(.restart, after: Escalation.interval)) }
      return .failure(error)
    }
    // Only now, so that nobody is told what is not on disk.
    let before = life
    state.move(to: next)
    parts.limits.settlePlace()
    parts.health.tend()
    if life != before {
      reporter.report(event, before, by: author)
      reporter.announce()
    }
    for effect in effects { perform(effect) }
    return .success(())
  }

  /// - Throws: if a command could not be written down. What was seen is true all the same.
  private func note(_ next: LifeCycle, _ event: Event, by author: Author) async throws(Failure) {
    guard next.memory != life.memory || event.isRequest && next.memory.request != nil else { return }
    let before = life
    let change = { (record: inout Record) in record.take(event, before, next, by: author, at: .now) }
    if event.isCommand {
      try await keeper.edit(for: event.mustBeWritten ? .ending : .beginning, change)
    } else {
      await keeper.keep(change)
    }
    reporter.logMove(event, before, next, by: author)
  }

  // MARK: watching

  /// Yields after every change, and once at the beginning.
  package func changes() -> AsyncStream<Void> { waits.changes() }

  /// Tells those who watch it.
  func announce() { reporter.announce() }

  /// Takes no more requests, because the VM is being deleted. Waits until what has come in already is done.
  /// - Throws: `.state` if it has a process.
  func retire() async throws(Failure) {
    while isReading { await withCheckedContinuation { waitingForQuiet.append($0) } }
    try state.checkRemoval()
    state.retire()
    perform(.disarm(.restart))
    // What works on its disks is ended and waited for: it would write a record again.
    tools.close()
    // One whose file system does not answer stays behind; what it would write is refused.
    await gate.settle(within: .seconds(10))
  }

  /// Takes requests again: it could not be deleted.
  func unretire() {
    state.unretire()
    tools.open()
    if let wait = life.restart { perform(.arm(.restart, after: wait.delay)) }
    parts.ports.settleName()
    reporter.announce()
  }

  /// No more changes will come.
  package func finish() {
    consoleHub.finish()
    reporter.finish()
  }
}
