import Failure
import Life
import Linux
import Logging

/// How others hear of a VM: its log, its events, and those who watch it. Belongs to the VM's actor.
final class VMReporter {
  let id: String
  let name: String
  /// The log of the host, where it is about this VM.
  let log: VMLog
  private let events: EventLog
  private let board: MetricsBoard
  private let state: VMState
  private let view: VMView
  private var watchers = Subscribers()
  /// How often the guest's agent may come and go before that is only counted.
  private var agentEvents = EventBudget()

  init(
    id: String, log: Logger, events: EventLog, board: MetricsBoard, _ state: VMState, _ view: VMView
  ) {
    self.id = id
    name = state.name
    self.log = VMLog(log, id: id, name: state.name)
    self.events = events
    self.board = board
    self.state = state
    self.view = view
  }

  // MARK: events

  /// Says to log and events what was done, or was not.
  func tell(
    _ what: String, _ why: Failure? = nil, kind: EventKind = .operation, change: EventChange? = nil,
    by author: Author = .current
  ) {
    log(.info, "\(what)", by: author)
    events.append(
      HostEvent(vm: id, name: name, kind: kind, what: what, generation: state.life.generation, why: why, change: change)
        .by(author))
    announce()
  }

  /// Appends an event to the log of the host.
  func note(
    _ kind: EventKind, _ what: String, _ actor: EventActor = .supervisor, _ why: Failure? = nil,
    change: EventChange? = nil
  ) {
    events.append(
      HostEvent(
        vm: id, name: name, kind: kind, what: what, actor: actor, generation: state.life.generation, why: why,
        change: change))
  }

  /// Appends what a guest can bring about as often as it wants.
  func noteSparingly(_ what: String, _ why: Failure? = nil) {
    guard let words = agentEvents.words(what, at: Clock.sinceBoot()) else { return }
    note(.agent, words, .guest, why)
  }

  /// Says to the log where an event has led to.
  func logMove(_ event: Event, _ before: LifeCycle, _ next: LifeCycle, by author: Author) {
    if let cut = next.newCut(since: before) { log(.warning, "\(LifeCycle.disobedience): \(cut)") }
    if next.state != before.state {
      log(.info, "\(before.state.rawValue) -> \(next.state.rawValue): \(event.summary)", by: author)
    } else if event.isRequest {
      log(.info, "\(event.summary)", by: author)
    }
  }

  /// Notes what an event has changed in the VM's life.
  func report(_ event: Event, _ before: LifeCycle, by author: Author) {
    let life = state.life
    func append(
      _ kind: EventKind, _ what: String, to state: State? = nil, _ why: Failure? = nil, change: EventChange? = nil
    ) {
      events.append(
        HostEvent(
          vm: id, name: name, kind: kind, what: what, from: state == nil ? nil : before.state,
          to: state, generation: life.generation, why: why, change: change
        ).by(author))
    }
    if life.state != before.state {
      append(.state, event.summary, to: life.state, life.why)
    } else if event.isRequest, life.memory != before.memory {
      append(.state, event.summary)
    }
    if before.request?.isReboot == true, life.request == nil, life.state == .running {
      append(.state, "started again, as was requested", change: .rebooted)
    }
    if let cut = life.newCut(since: before) { append(.power, LifeCycle.disobedience, cut) }
    if life.restart != before.restart {
      if let wait = life.restart {
        let seconds = Double(wait.delay.milliseconds) / 1000
        append(.state, "automatic start in \(seconds) s" + (wait.attempt > 0 ? ", attempt \(wait.attempt)" : ""))
      } else if !life.state.hasProcess {
        append(.state, "no automatic start any more")
      }
    }
    // What is found at the first look is no news.
    if case .agent = event, life.agentConnected != before.agentConnected, state.hasAnswered {
      noteSparingly(event.summary)
    }
    if (life.unhealthyReason == nil) != (before.unhealthyReason == nil), life.state.hasProcess {
      append(.health, life.unhealthyReason == nil ? "healthy" : "unhealthy", life.unhealthyReason)
    }
  }

  // MARK: watchers

  /// Yields after every change, and once at the beginning.
  /// - Parameter onEnd: called with the watcher's number when it looks no more; it has to be unsubscribed then.
  func changes(onEnd: @escaping @Sendable (UInt64) -> Void) -> AsyncStream<Void> {
    watchers.subscribe(atOnce: true, onEnd: onEnd)
  }

  func unsubscribe(_ number: UInt64) { watchers.unsubscribe(number) }

  /// Something has changed.
  func announce() {
    // What ends late must not bring a deleted one back into the metrics.
    if !state.isRetired { board.note(view.summary) }
    watchers.tell()
  }

  /// No more changes will come.
  func finish() { watchers.finish() }
}
