import Failure
import Hypervisor
import Life
import Linux

/// The connections to a guest and its hypervisor: monitor, console, agent, screen, and what comes in by them. Belongs to the
/// VM's actor.
final class GuestConnections {
  private let keeper: RecordKeeper
  private let state: VMState
  private let reporter: VMReporter
  private let paths: VMPaths
  private let backend: any Backend
  private let console: ConsoleHub
  private let screen: VMScreen
  private let limits: VMLimits
  private let devices: VMDevices
  private let watcher: RunWatcher
  private let health: HealthChecks
  private let hold: GuestHold
  private let freezer: GuestFreezer
  private let inquirer: GuestInquirer
  private let floods: GuestFloods
  private let identity: GuestIdentity
  private let observe: Observe

  init(
    _ keeper: RecordKeeper, _ state: VMState, _ reporter: VMReporter, _ paths: VMPaths, _ backend: any Backend,
    _ console: ConsoleHub, _ screen: VMScreen, _ limits: VMLimits, _ devices: VMDevices, _ watcher: RunWatcher,
    _ health: HealthChecks, _ hold: GuestHold, _ freezer: GuestFreezer, _ inquirer: GuestInquirer,
    _ floods: GuestFloods, _ identity: GuestIdentity,
    _ observe: @escaping Observe
  ) {
    self.keeper = keeper
    self.state = state
    self.reporter = reporter
    self.paths = paths
    self.backend = backend
    self.console = console
    self.screen = screen
    self.limits = limits
    self.devices = devices
    self.watcher = watcher
    self.health = health
    self.hold = hold
    self.freezer = freezer
    self.inquirer = inquirer
    self.floods = floods
    self.identity = identity
    self.observe = observe
  }

  private var life: LifeCycle { state.life }
  private var run: VMRun? { state.run }

  /// Connects to the monitor and asks how the guest is; from then on the monitor's events come in.
  nonisolated(nonsending) func connect(timeout: Duration) async throws(Failure) -> GuestCondition {
    let spec = keeper.record.spec
    let meeting = try await backend.meet(
      at: [paths.monitor, paths.monitorSpare], agent: spec.agent, disks: !spec.disks.isEmpty, timeout: timeout)
    guard meeting.uuid.lowercased() == reporter.id else {
      throw Failure(
        .internal, part: .hypervisor, operation: "connect to hypervisor", object: state.name,
        cause: "it runs the VM \(meeting.uuid)")
    }
    guard let run else {
      throw Failure(
        .state, part: .process, operation: "connect to hypervisor", object: state.name,
        cause: "it has ended meanwhile")
    }
    run.machine = meeting.machine
    // The hypervisor serves one client on these sockets: one that is still connected stays.
    if keeper.record.spec.console {
      console.connect(paths.console)
      run.console = console
    }
    if let isOpen = meeting.agentPortIsOpen { try await connectAgent(run, isOpen) }
    screen.openListener()
    await limits.holdDeviceLimits(meeting)
    follow(meeting.machine, of: run)
    state.answer()
    if keeper.record.wake != nil {
      do throws(Failure) {
        let condition = try await devices.wake(meeting.condition)
        setClock(of: run)
        identity.tend()
        return condition
      } catch {
        // Its memory does not go on here: the start has failed, also one that another life of ours has begun.
        if error.code != .unavailable { await observe(.startFailed(error)) }
        throw error
      }
    }
    if meeting.condition == .held { await hold.explain() }
    return meeting.condition
  }

  /// How often, and how long apart, a guest that has come back from a snapshot is told the time until it has heard it.
  private static let clockAttempts = 60

  /// The guest has the time of its snapshot. Its agent may need a moment until it answers.
  private func setClock(of run: VMRun, isolation: isolated (any Actor)? = #isolation) {
    guard let agent = run.agent else { return }
    let here = OnActor(self, of: isolation)
    Task { await here.run { await $0.tellTime(agent) } }
  }

  nonisolated(nonsending) private func tellTime(_ agent: GuestAgent) async {
    for _ in 0..<Self.clockAttempts {
      if (try? await agent.setTime(Int64(Clock.wall() * 1e9))) != nil { return }
      try? await Task.sleep(for: .seconds(1))
    }
    reporter.log(.warning, "the guest has the time of its snapshot, for its agent does not answer")
  }

  nonisolated(nonsending) private func connectAgent(_ run: VMRun, _ isOpen: Bool) async throws(Failure) {
    if run.agent == nil {
      let (token, here) = (run.incarnation.token, OnActor(floods, of: #isolation))
      run.agent = try GuestAgent.connect(path: paths.agent) { floods in
        Task { await here.run { $0.agentPort(floods, token) } }
      }
    }
    if isOpen { await agentPort(open: true) }
  }

  nonisolated(nonsending) private func agentPort(open: Bool) async {
    run?.watch.agentSilence = nil
    if open { run?.watch.hadAgent = true }
    if open { await run?.agent?.agentOpened() } else { await run?.agent?.agentClosed() }
    await observe(.agent(connected: open))
    // What another life of ours has frozen, or the agent has missed.
    guard open else { return }
    freezer.tend()
    identity.tend()
    inquirer.look(isNew: true)
  }

  private func follow(_ machine: any Machine, of run: VMRun, isolation: isolated (any Actor)? = #isolation) {
    let (token, here) = (run.incarnation.token, OnActor(self, of: isolation))
    Task {
      await machine.listen { event in await here.run { await $0.heard(event) } }
      await here.run {
        // Whoever waits for a word of it has to see that none comes.
        $0.devices.notify()
        await $0.reconnect(token)
      }
    }
  }

  /// Connects to the monitor in the background, again and again.
  func reconnectInBackground(_ token: String, isolation: isolated (any Actor)? = #isolation) {
    let here = OnActor(self, of: isolation)
    Task { await here.run { await $0.reconnect(token) } }
  }

  /// Connects to the monitor again and again while that process lives, and catches up with what was missed.
  nonisolated(nonsending) private func reconnect(_ token: String) async {
    var pause: Duration = .milliseconds(250)
    while true {
      try? await Task.sleep(for: pause)
      pause = min(pause * 2, .seconds(30))
      guard run?.incarnation.token == token, life.state.hasProcess else { return }
      guard let condition = try? await connect(timeout: .seconds(3)) else { continue }
      run?.warnings.clear(Warnings.monitor)
      devices.notify()
      reporter.log(.notice, "the monitor answers again")
      await observe(life.state == .starting ? .monitorReady(condition) : .guest(condition))
      await devices.reconcileDevices()
      return
    }
  }

  nonisolated(nonsending) private func heard(_ event: MachineEvent) async {
    switch event {
    case .leaving: await observe(.hypervisorLeaving)
    case .guest(let condition): await observe(.guest(condition))
    case .halted:
      // Why it stands still only the machine can say.
      while let run {
        let commands = run.commands
        guard let condition = try? await run.machine?.condition() else { return }
        if condition == .held { await hold.explain() }
        // It was told something meanwhile: what it has said may be of before.
        guard commands == run.commands else { continue }
        return await observe(.guest(condition))
      }
    case .resumed:
      run?.diskErrors = [:]
      await observe(.guest(.running))
      freezer.tend()
    case .diskFailed(let error): hold.diskFailed(error)
    case .reset(let byGuest):
      watcher.guestWasReset(byGuest: byGuest)
      console.guestWasReset()
      await freezer.guestWasReset()
      await identity.guestWasReset()
      await observe(.guestReset)
      health.begin(isFresh: true)
    // In background, because an operation may be waiting for just this.
    case .deviceLeft(let device):
      devices.notify()
      if let device { devices.departInBackground(device) }
    case .trayMoved: devices.notify()
    case .agentPort(let isOpen): await agentPort(open: isOpen)
    case .balloon(let bytes):
      run?.balloon = bytes
      reporter.announce()
    case .flood(let name, let perSecond): floods.events(name, perSecond: perSecond)
    }
  }
}
