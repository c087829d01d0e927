import Failure
import Life
import Linux

/// The starts of a VM, one at a time: from the gate to the event that reports the outcome. Belongs to the VM's actor.
final class VMStart {
  private let state: VMState
  private let reporter: VMReporter
  private let timers: LifeTimers
  private let waits: VMWaits
  private let work: WorkQueue
  /// Lets so many starts of the host through at once.
  private let gate: StartGate
  private let launch: HypervisorLaunch
  private let guest: GuestConnections
  private let observe: Observe
  private var launching: Task<Void, Never>?
  /// The start that `launching` is, as far as it can be given up.
  private var ticket: StartTicket?

  init(
    _ state: VMState, _ reporter: VMReporter, _ timers: LifeTimers, _ waits: VMWaits, _ work: WorkQueue,
    _ gate: StartGate, _ launch: HypervisorLaunch, _ guest: GuestConnections, _ observe: @escaping Observe
  ) {
    self.state = state
    self.reporter = reporter
    self.timers = timers
    self.waits = waits
    self.work = work
    self.gate = gate
    self.launch = launch
    self.guest = guest
    self.observe = observe
  }

  private var life: LifeCycle { state.life }

  /// Whether a hypervisor is being made.
  var isUnderWay: Bool { launching != nil }

  /// Begins to start the VM, as its life cycle wants it now.
  func begin(isolation: isolated (any Actor)? = #isolation) {
    let generation = life.generation
    let ticket = StartTicket()
    self.ticket = ticket
    let here = OnActor(self, of: isolation)
    launching = Task { await here.run { await $0.start(generation, ticket) } }
  }

  /// How long a fresh hypervisor may take until it greets.
  private static let greetingTimeout: Duration = .seconds(45)

  /// The effect `launch`, from the gate to the event that reports its outcome.
  nonisolated(nonsending) private func start(_ generation: UInt64, _ ticket: StartTicket) async {
    let hasPlace = await gate.enter(ObjectIdentifier(ticket))
    // How long a memory takes depends on its size; a hypervisor that ends meanwhile is seen.
    if life.state == .starting, !launch.isWaking { timers.arm(.start, after: LifeCycle.startTimeout, observe) }
    let event: Event
    do throws(Failure) {
      try state.stillStarting(generation)
      try await launch.launch(generation, ticket)
      event = .monitorReady(
        try await Failure.of(.hypervisor) { () async throws(Failure) in
          try await guest.connect(timeout: Self.greetingTimeout)
        })
    } catch {
      // Whoever gave it up has said so, and given its place to others.
      if ticket.isAbandoned {
        return reporter.log(.notice, "a start that was given up has ended")
      }
      await waitForLastWords()
      event = .startFailed(error)
    }
    // Of a start that failed nothing stays locked: its VM may be deleted, or its process looked for.
    ticket.letGo()
    if hasPlace { await gate.leave() }
    // A later start has begun: what this one came to is nobody's concern any more.
    guard generation == life.generation else { return }
    launching = nil
    // A start that was overtaken by a stop may have no process whose end could be reported.
    let overtaken = life.state != .starting && state.run == nil
    await observe(overtaken ? .processEnded(.unknown, words: "") : event)
  }

  /// There is no process. If none is being made either, the life cycle is told so; otherwise that start is given up.
  func end(isolation: isolated (any Actor)? = #isolation) {
    guard launching == nil else { return giveUp() }
    let here = OnActor(self, of: isolation)
    Task { await here.run { await $0.observeNothing($0.life.generation) } }
  }

  /// There is no process, and none is being made.
  nonisolated(nonsending) private func observeNothing(_ generation: UInt64) async {
    guard state.run == nil, launching == nil, life.generation == generation else { return }
    await observe(.processEnded(.unknown, words: ""))
  }

  /// Ends a start that has no process yet, if that can be done from outside.
  private func giveUp(isolation: isolated (any Actor)? = #isolation) {
    guard state.run == nil, let ticket else { return }
    let gate = gate
    guard ticket.abandon() else {
      Task { await gate.withdraw(ObjectIdentifier(ticket)) }
      return
    }
    reporter.log(.notice, "a start is given up while it looks at its files")
    self.ticket = nil
    launching = nil
    // The old one's thread comes back when the file system does, or never.
    work.leaveBehind()
    let generation = life.generation
    let here = OnActor(self, of: isolation)
    Task {
      await gate.leave()
      await here.run { await $0.observeNothing(generation) }
    }
  }

  /// How much later the end of a hypervisor may be known than that of its monitor.
  private static let lastWords: Duration = .milliseconds(500)

  /// A hypervisor that refuses its arguments closes its monitor before its end is known. Its end says more.
  nonisolated(nonsending) private func waitForLastWords() async {
    guard state.run != nil else { return }
    let others = State.allCases.filter { $0 != .starting }.map { Milestone.state($0) }
    _ = await waits.wait(for: Set(others), timeout: Self.lastWords)
  }
}
