package import Failure
import FoundationEssentials
import Glibc
package import Life
import Linux
package import Logging

/// One VM: its life cycle, its record, and the process that belongs to it.
///
/// Everything that happens comes in as an `Event`, one after the other: the pure life cycle decides, the record is on
/// disk, then the effects begin. Long effects run beside and come back as events.
package actor VirtualMachine {
  package nonisolated let id: String
  package nonisolated let name: String
  package nonisolated let paths: VMPaths
  package nonisolated let context: NodeContext
  /// What the guest will not do although the specification asks for it. Nothing changes that part of it.
  private let seedWarnings: [Warning]
  /// The console, over all runs.
  package nonisolated let consoleHub: ConsoleHub

  package var record: Record
  package var life: LifeCycle
  package var run: Run?
  /// Blocking work of this VM: images, launching.
  package var queue = BlockingQueue("vm")
  /// Where programs that work on its images run.
  package nonisolated let tools: ToolRoom
  /// Whether the runtime folder is that of a process of ours, or of a start that holds the lock.
  var ownsRuntime = false
  /// Whether a hypervisor of this VM has ever answered.
  package var hasAnswered = false
  /// Ports that netd handed out for the present run.
  var handles: [UInt64] = []
  var launching: Task<Void, Never>?
  /// The start that `launching` is, as far as it can be given up.
  package var ticket: StartTicket?
  /// The ports of the last run being given back. A new start waits for it: it gets the same ports and handles again.
  var givingBack: Task<Void, Never>?
  /// Rules of the network and devices are changed by one at a time.
  let rulesGate = StartGate(limit: 1)
  var timers: [TimerKind: Task<Void, Never>] = [:]
  /// When the next automatic start is due; of use only while the life cycle waits for one.
  var restartDue = ContinuousClock.Instant.now
  /// Those who wait for what its hypervisor tells of its devices.
  var deviceNotifications = Subscribers()
  /// How often the guest's agent may come and go before that is only counted.
  var agentEvents = EventBudget()
  /// How the guest's checks stand, and who makes them; nil while nobody does.
  package var health: HealthWatch?
  private var inbox: [Mail] = []
  private var isReading = false
  /// Those who wait until nothing is read.
  private var waitingForQuiet: [CheckedContinuation<Void, Never>] = []
  package private(set) var isRetired = false
  private var watchers: [UInt64: AsyncStream<Void>.Continuation] = [:]
  private var nextWatcher: UInt64 = 0

  private struct Mail {
    var event: Event
    /// In whose name it comes.
    var requester: Author
    var reply: CheckedContinuation<Result<Void, Failure>, Never>
  }

  package init(_ record: Record, _ context: NodeContext) {
    id = record.id
    name = record.spec.name
    paths = context.paths.vm(record.id)
    self.context = context
    tools = ToolRoom(
      launcher: context.settings.launcher, isStrict: context.settings.strict, context.confinement)
    seedWarnings = record.spec.cloudInit?.warnings ?? []
    consoleHub = ConsoleHub(
      log: GuestLog(paths.consoleLog, cap: context.settings.consoleLogSize),
      history: context.settings.consoleHistory)
    self.record = record
    self.record.settleImages()
    life = LifeCycle(record.memory(at: .now), policy: RestartPolicy(record.spec.restart))
  }

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
      context.log.error("\(error)", metadata: metadata)
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
    var next = life
    next.policy = RestartPolicy(record.spec.restart)
    let effects: [Effect]
    do throws(Failure) { effects = try next.handle(event, jitter: .random(in: 0..<1)) } catch {
      var refusal = error.naming(name)
      refusal.object = name
      return .failure(refusal)
    }
    next.nameItself(name)
    do throws(Failure) { try await note(next, event, by: author) } catch {
      // What cannot be written down is not granted.
      if event == .timer(.restart) { perform(.arm(.restart, after: Escalation.interval)) }
      return .failure(error)
    }
    // Only now, so that nobody is told what is not on disk.
    let before = life
    life = next
    settlePlace()
    tendHealth()
    if life != before {
      report(event, before, by: author)
      announce()
    }
    for effect in effects { perform(effect) }
    return .success(())
  }

  /// - Throws: if a command could not be written down. What was seen is true all the same.
  private func note(_ next: LifeCycle, _ event: Event, by author: Author) async throws(Failure) {
    guard next.memory != life.memory || event.isRequest && next.memory.request != nil else { return }
    let changes = next.state != life.state
    let cut = next.newCut(since: life)
    let before = life
    let change = { (record: inout Record) in
      record.keep(next.memory, before: before.memory, at: .now, isNew: event.isRequest)
      if changes {
        record.tell(
          HistoryEntry(
            time: Date(), what: event.summary + author.phrase, from: before.state, to: next.state,
            detail: next.why?.description))
      } else if event.isRequest {
        record.tell(HistoryEntry(time: Date(), what: event.summary + author.phrase))
      }
      if let cut { record.tell(HistoryEntry(time: Date(), what: LifeCycle.disobedience, detail: cut.description)) }
    }
    if event.isCommand {
      try await edit(for: event.mustBeWritten ? .ending : .beginning, change)
    } else {
      await keep(change)
    }
    if let cut { context.log.warning("\(LifeCycle.disobedience): \(cut)", metadata: metadata) }
    guard changes || event.isRequest else { return }
    let move = changes ? "\(life.state.rawValue) -> \(next.state.rawValue): " : ""
    context.log.info("\(move)\(event.summary)", metadata: metadata(author))
  }

  package nonisolated var metadata: Logger.Metadata { ["VM_ID": "\(id)", "VM_NAME": "\(name)"] }

  /// The same for what somebody did.
  package nonisolated func metadata(_ author: Author) -> Logger.Metadata { metadata.merging(author.metadata) { $1 } }

  // MARK: watching

  /// Yields after every change, and once at the beginning.
  package func changes() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    nextWatcher += 1
    let number = nextWatcher
    watchers[number] = continuation
    continuation.onTermination = { _ in Task { await self.unwatch(number) } }
    continuation.yield()
    return stream
  }

  private func unwatch(_ number: UInt64) { watchers[number] = nil }

  package func announce() {
    // What ends late must not bring a deleted one back into the metrics.
    if !isRetired { context.metrics.note(summary) }
    for watcher in watchers.values { watcher.yield() }
  }

  /// Takes no more requests, because the VM is being deleted. Waits until what has come in already is done.
  /// - Throws: `.state` if it has a process.
  func retire() async throws(Failure) {
    while isReading { await withCheckedContinuation { waitingForQuiet.append($0) } }
    guard !life.state.hasProcess, !isRetired else {
      throw Failure(
        .state, part: .state, operation: "delete", object: name,
        cause: isRetired ? "it is being deleted already" : "it is \(life.state.rawValue)",
        remedy: "stop it first, or use --force")
    }
    isRetired = true
    perform(.disarm(.restart))
    // What works on its disks is ended and waited for: it would write a record again.
    tools.close()
    let gate = rulesGate
    let who = ObjectIdentifier(self)
    let timeout = Task {
      // One whose file system does not answer stays behind; what it would write is refused.
      try await Task.sleep(for: .seconds(10))
      await gate.withdraw(who)
    }
    if await gate.enter(who) { await gate.leave() }
    timeout.cancel()
  }

  /// Takes requests again: it could not be deleted.
  func unretire() {
    isRetired = false
    tools.open()
    if let wait = life.restart { perform(.arm(.restart, after: wait.delay)) }
    settleName()
    announce()
  }

  /// No more changes will come.
  package func finish() {
    consoleHub.finish()
    for watcher in watchers.values { watcher.finish() }
  }

  package var status: VMStatus {
    VMStatus(
      record: record, agentConnected: agentAnswers, incarnation: run?.incarnation,
      facts: run.flatMap { ProcessFacts(pid: $0.process.pid) },
      warnings: warnings.all, usage: context.metrics.sample(id), paths: paths,
      limits: limitStatus, progress: progress)
  }

  /// What is weaker than it could be, what will not be as it is wanted, and what its guest does to us.
  package var warnings: Warnings {
    var warnings = run?.warnings ?? Warnings()
    for warning in seedWarnings { warnings.set(warning) }
    let troubles: [(String, Failure.Part, Failure?)] = [
      ("stall", .process, stallFailure), ("loop", .state, loopFailure), ("silence", .agent, run?.watch.agentSilence),
      ("sockets", .supervisor, uprooted),
    ]
    for (id, part, failure) in troubles {
      if let failure { warnings.set(Warning(id: id, part: part, failure)) }
    }
    return warnings
  }
}
