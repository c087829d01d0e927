package import Failure
import Hypervisor
package import Life
import Linux

extension VirtualMachine {
  /// Takes a process as the VM's own and watches for its end.
  package func take(_ process: any HypervisorProcess, _ incarnation: Incarnation) {
    state.begin(VMRun(incarnation, process))
    ownsRuntime = true
    context.holders.note(id, name: name, incarnation.images ?? [])
    if let user = incarnation.subordinateUser { context.confinement.users.remember(user, of: id) }
    process.onEnd { how in Task { await self.hasEnded(how) } }
  }

  /// Connects to the monitor and asks how the guest is; from then on the monitor's events come in.
  package func connect(timeout: Duration) async throws(Failure) -> GuestCondition {
    let meeting = try await meet(timeout)
    guard meeting.uuid.lowercased() == id else {
      throw Failure(
        .internal, part: .hypervisor, operation: "connect to hypervisor", object: name,
        cause: "it runs the VM \(meeting.uuid)")
    }
    guard let run else {
      throw Failure(
        .state, part: .process, operation: "connect to hypervisor", object: name, cause: "it has ended meanwhile")
    }
    run.machine = meeting.machine
    // The hypervisor serves one client on these sockets: one that is still connected stays.
    if record.spec.console {
      consoleHub.connect(paths.console)
      run.console = consoleHub
    }
    if let isOpen = meeting.agentPortIsOpen { try await connectAgent(run, isOpen) }
    openListener()
    await limits.holdDeviceLimits(meeting)
    follow(meeting.machine, of: run)
    state.answer()
    if meeting.condition == .held { await explainHold() }
    return meeting.condition
  }

  private func meet(_ timeout: Duration) async throws(Failure) -> Meeting {
    let spec = record.spec
    return try await context.backend.meet(
      at: [paths.monitor, paths.monitorSpare], agent: spec.agent, disks: !spec.disks.isEmpty, timeout: timeout)
  }

  private func connectAgent(_ run: VMRun, _ isOpen: Bool) async throws(Failure) {
    if run.agent == nil {
      let token = run.incarnation.token
      run.agent = try GuestAgent.connect(path: paths.agent) { [weak self] floods in
        Task { [weak self] in await self?.agentPortFloods(floods, token) }
      }
    }
    if isOpen { await agentPort(open: true) }
  }

  private func agentPort(open: Bool) async {
    run?.watch.agentSilence = nil
    if open { run?.watch.hadAgent = true }
    if open { await run?.agent?.agentOpened() } else { await run?.agent?.agentClosed() }
    await observe(.agent(connected: open))
  }

  private func follow(_ machine: any Machine, of run: VMRun) {
    let token = run.incarnation.token
    Task {
      await machine.listen { await self.heard($0) }
      // Whoever waits for a word of it has to see that none comes.
      self.devices.notify()
      await self.reconnect(token)
    }
  }

  /// Connects to the monitor again and again while that process lives, and catches up with what was missed.
  func reconnect(_ token: String) async {
    var pause: Duration = .milliseconds(250)
    while true {
      try? await Task.sleep(for: pause)
      pause = min(pause * 2, .seconds(30))
      guard run?.incarnation.token == token, life.state.hasProcess else { return }
      guard let condition = try? await connect(timeout: .seconds(3)) else { continue }
      run?.warnings.clear(Self.monitorWarning)
      devices.notify()
      context.log.notice("the monitor answers again", metadata: metadata)
      await observe(life.state == .starting ? .monitorReady(condition) : .guest(condition))
      await devices.reconcileDevices()
      return
    }
  }

  private func heard(_ event: MachineEvent) async {
    switch event {
    case .leaving: await observe(.hypervisorLeaving)
    case .guest(let condition): await observe(.guest(condition))
    case .halted:
      // Why it stands still only the machine can say.
      guard let condition = try? await run?.machine?.condition() else { return }
      if condition == .held { await explainHold() }
      await observe(.guest(condition))
    case .resumed:
      run?.diskErrors = [:]
      await observe(.guest(.running))
    case .diskFailed(let error): diskFailed(error)
    case .reset(let byGuest):
      guestWasReset(byGuest: byGuest)
      consoleHub.guestWasReset()
      await observe(.guestReset)
      beginHealth(isFresh: true)
    // In background, because an operation may be waiting for just this.
    case .deviceLeft(let device):
      devices.notify()
      if let device { Task { await self.devices.deviceLeft(device) } }
    case .trayMoved: devices.notify()
    case .agentPort(let isOpen): await agentPort(open: isOpen)
    case .balloon(let bytes):
      run?.balloon = bytes
      announce()
    case .flood(let name, let perSecond): eventsFlood(name, perSecond: perSecond)
    }
  }
}
