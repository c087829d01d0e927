import Failure
import FoundationEssentials
import Glibc
import Hypervisor
import Life
import Linux
import Logging
import NodeAPI

/// One VM: its life cycle, its record, and the process that belongs to it.
///
/// Everything that happens comes in as an `Event`, one after the other: the pure life cycle decides, the record is on
/// disk, then the effects begin. Long effects run beside and come back as events.
actor VirtualMachine {
  nonisolated let id: String
  nonisolated let name: String
  nonisolated let paths: VMPaths
  let surroundings: Surroundings

  var record: Record
  var life: LifeCycle
  var run: Run?
  /// Blocking work of this VM: images, launching.
  let queue = BlockingQueue("vm")
  /// Whether the runtime folder is that of a process of ours, or of a start that holds the lock.
  var ownsRuntime = false
  /// Whether a hypervisor of this VM has ever answered.
  var hasAnswered = false
  /// Ports that netd handed out for the present run.
  var handles: [UInt64] = []
  var launching: Task<Void, Never>?
  /// The ports of the last run being given back. A new start waits for it: it gets the same ports and handles again.
  var givingBack: Task<Void, Never>?
  /// Rules of the network are changed by one at a time.
  let rulesGate = StartGate(limit: 1)
  private var timers: [TimerKind: Task<Void, Never>] = [:]
  private var inbox: [Mail] = []
  private var isReading = false
  private(set) var isRetired = false
  private var watchers: [UInt64: AsyncStream<Void>.Continuation] = [:]
  private var nextWatcher: UInt64 = 0

  private struct Mail {
    var event: Event
    var reply: CheckedContinuation<Result<Void, Failure>, Never>
  }

  init(_ record: Record, _ surroundings: Surroundings) {
    id = record.id
    name = record.spec.name
    paths = surroundings.paths.vm(record.id)
    self.surroundings = surroundings
    self.record = record
    life = LifeCycle(
      state: record.state, desired: record.desired, generation: record.generation, why: record.why)
  }

  // MARK: events

  /// Hands in an event and waits until it was taken: decided, recorded, its effects begun.
  /// - Throws: the refusal of a wish. Observations are never refused.
  func submit(_ event: Event) async throws(Failure) {
    let result = await withCheckedContinuation { reply in
      inbox.append(Mail(event: event, reply: reply))
      guard !isReading else { return }
      isReading = true
      Task { await self.read() }
    }
    try result.get()
  }

  /// The same for whoever has no use for a refusal: timers and watchers.
  func observe(_ event: Event) async {
    do throws(Failure) { try await submit(event) } catch {
      surroundings.log.error("\(error)", metadata: metadata)
    }
  }

  private func read() async {
    while !inbox.isEmpty {
      let mail = inbox.removeFirst()
      mail.reply.resume(returning: await take(mail.event))
    }
    isReading = false
  }

  private func take(_ event: Event) async -> Result<Void, Failure> {
    guard !(isRetired && event.isWish) else { return .failure(.noSuchVM(name, step: "reach")) }
    var next = life
    let effects: [Effect]
    do throws(Failure) { effects = try next.handle(event) } catch {
      var refusal = error
      refusal.object = name
      return .failure(refusal)
    }
    do throws(Failure) { try await note(next, event) } catch {
      // A wish that cannot be written down is not granted. What was seen is true all the same.
      if event.isWish { return .failure(error) }
      surroundings.log.error("\(error)", metadata: metadata)
    }
    // Only now, so that nobody is told what is not on disk.
    let isNews = next != life
    life = next
    if isNews { announce() }
    for effect in effects { perform(effect) }
    return .success(())
  }

  private func note(_ next: LifeCycle, _ event: Event) async throws(Failure) {
    guard next.state != life.state || next.desired != life.desired || next.generation != life.generation else { return }
    let old = record
    record.desired = next.desired
    record.state = next.state
    record.generation = next.generation
    record.why = next.why
    if next.state != life.state {
      record.tell(
        StoryEntry(time: Date(), what: event.summary, from: life.state, to: next.state, detail: next.why?.description))
      surroundings.log.info("\(life.state.rawValue) -> \(next.state.rawValue): \(event.summary)", metadata: metadata)
    }
    do throws(Failure) { try await surroundings.store.save(record) } catch {
      if event.isWish {
        (record.desired, record.state, record.generation) = (old.desired, old.state, old.generation)
        (record.why, record.story) = (old.why, old.story)
      }
      throw error
    }
  }

  nonisolated var metadata: Logger.Metadata { ["VM_ID": "\(id)", "VM_NAME": "\(name)"] }

  // MARK: effects

  func perform(_ effect: Effect) {
    switch effect {
    case .launch:
      let generation = life.generation
      launching = Task { await self.start(generation) }
    case .askAgent: beside { try await $0.run?.agent?.shutdown(.powerdown) }
    case .pressPowerButton: beside { try await $0.run?.monitor?.systemPowerdown() }
    case .quit:
      if let monitor = run?.monitor {
        beside { _ in try await monitor.quit() }
      } else {
        run?.process.signal(SIGTERM)
      }
    case .kill:
      if let run {
        run.process.signal(SIGKILL)
      } else if launching == nil {
        Task { await self.observe(.processEnded(.unknown, words: "")) }
      }
    case .cleanUp: cleanUp()
    case .arm(let kind, let delay):
      timers[kind]?.cancel()
      timers[kind] = Task {
        do { try await Task.sleep(for: delay) } catch { return }
        await self.observe(.timer(kind))
      }
    case .disarm(let kind):
      timers[kind]?.cancel()
      timers[kind] = nil
    }
  }

  /// Asks guest or hypervisor for something. What it does not do, the next rung of the ladder will.
  private func beside(_ body: @escaping @Sendable (isolated VirtualMachine) async throws -> Void) {
    Task {
      do { try await body(self) } catch {
        surroundings.log.warning("\(error)", metadata: metadata)
      }
    }
  }

  private func cleanUp() {
    run?.close()
    run = nil
    let ports = handles
    handles = []
    let netd = surroundings.netd
    let log = surroundings.log
    let metadata = metadata
    let identity = record.identity
    if ownsRuntime { try? Files.removeFolder(paths.runtime) }
    ownsRuntime = false
    givingBack = Task {
      await netd.rest(vm: identity)
      for handle in ports {
        // netd frees the port by itself when the TAP is closed; this only makes it sooner.
        do throws(Failure) { try await netd.detach(handle: handle) } catch {
          log.notice("\(error)", metadata: metadata)
        }
      }
    }
  }

  // MARK: watching

  /// Yields after every change, and once at the beginning.
  func changes() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    nextWatcher += 1
    let number = nextWatcher
    watchers[number] = continuation
    continuation.onTermination = { _ in Task { await self.unwatch(number) } }
    continuation.yield()
    return stream
  }

  private func unwatch(_ number: UInt64) { watchers[number] = nil }

  func announce() { for watcher in watchers.values { watcher.yield() } }

  /// Takes no more wishes, because the VM is being deleted. Waits until what has come in already is done.
  /// - Throws: `.state` if it has a process.
  func retire() async throws(Failure) {
    while isReading { try? await Task.sleep(for: .milliseconds(2)) }
    guard !life.state.hasProcess, !isRetired else {
      throw Failure(
        .state, step: "delete", object: name,
        cause: isRetired ? "it is being deleted already" : "it is \(life.state.rawValue)",
        cure: "stop it first, or use --force")
    }
    isRetired = true
  }

  /// Takes wishes again: it could not be deleted.
  func unretire() { isRetired = false }

  /// No more changes will come.
  func finish() { for watcher in watchers.values { watcher.finish() } }

  var status: Status {
    Status(
      record: record, agentConnected: life.agentConnected, incarnation: run?.incarnation,
      facts: run.flatMap { ProcessFacts(pid: $0.process.pid) }, warnings: run?.warnings ?? [], paths: paths)
  }
}

extension Event {
  /// Whether somebody wants it, and can be told no.
  var isWish: Bool {
    switch self {
    case .start, .stop, .kill: true
    default: false
    }
  }

  /// A few words for the story.
  var summary: String {
    switch self {
    case .start: "start requested"
    case .stop(let timeout): "stop requested, \(timeout.components.seconds) s"
    case .kill: "kill requested"
    case .monitorReady: "hypervisor answers"
    case .startFailed: "start failed"
    case .guest(let condition): "guest \(condition.rawValue)"
    case .agent(let connected): connected ? "agent connected" : "agent gone"
    case .hypervisorLeaving: "hypervisor told to end from outside"
    case .processEnded(let how, _): "process ended: \(how)"
    case .adopted(let condition): "adopted, guest \(condition.rawValue)"
    case .timer(let kind): "\(kind.rawValue) timer ran out"
    }
  }
}
