package import Failure
import Hypervisor
import HypervisorQEMU
package import Life
import Linux

extension VirtualMachine {
  /// Takes a process as the VM's own and watches for its end.
  package func take(_ process: RunningProcess, _ incarnation: Incarnation) {
    run = Run(incarnation, process)
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
    run.monitor = meeting.client
    // QEMU serves one client on these sockets: one that is still connected stays.
    if record.spec.console {
      consoleHub.connect(paths.console)
      run.console = consoleHub
    }
    if let ports = meeting.characterDevices { try await connectAgent(run, ports) }
    openListener()
    await holdDeviceLimits(meeting)
    follow(meeting.client, of: run)
    hasAnswered = true
    let condition = GuestCondition(meeting.state)
    if condition == .held { await explainHold() }
    return condition
  }

  private func meet(_ timeout: Duration) async throws(Failure) -> QMPMeeting {
    do throws(Failure) { return try await meet(at: paths.qmp, timeout) } catch {
      // Somebody else holds the first monitor: that is what the second is for.
      guard error.code == .timeout else { throw error }
      return try await meet(at: paths.qmpSpare, timeout)
    }
  }

  private func meet(at path: String, _ timeout: Duration) async throws(Failure) -> QMPMeeting {
    let spec = record.spec
    return try await .at(path: path, ports: spec.agent, disks: !spec.disks.isEmpty, timeout: timeout)
  }

  private func connectAgent(_ run: Run, _ ports: [CharacterDevice]) async throws(Failure) {
    if run.agent == nil {
      let token = run.incarnation.token
      run.agent = try GuestAgent.connect(path: paths.agent) { [weak self] floods in
        Task { [weak self] in await self?.agentPortFloods(floods, token) }
      }
    }
    let port = ports.first { $0.label == QEMUCommand.agentChardev }
    if port?.isFrontendOpen == true { await agentPort(open: true) }
  }

  private func agentPort(open: Bool) async {
    run?.watch.agentSilence = nil
    if open { run?.watch.hadAgent = true }
    if open { await run?.agent?.agentOpened() } else { await run?.agent?.agentClosed() }
    await observe(.agent(connected: open))
  }

  private func follow(_ monitor: QMPClient, of run: Run) {
    let token = run.incarnation.token
    Task {
      for await event in monitor.events { await self.heard(event) }
      // Whoever waits for a word of it has to see that none comes.
      self.deviceNotifications.tell()
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
      deviceNotifications.tell()
      context.log.notice("the monitor answers again", metadata: metadata)
      await observe(life.state == .starting ? .monitorReady(condition) : .guest(condition))
      await reconcileDevices()
      return
    }
  }

  private func heard(_ event: QMPEvent) async {
    switch event.kind {
    case .shutdown(_, let reason):
      switch reason {
      case "host-qmp-quit", "host-signal": await observe(.hypervisorLeaving)
      case "guest-panic": await observe(.guest(.panicked))
      default: await observe(.guest(.shutDown))
      }
    case .guestPanicked: await observe(.guest(.panicked))
    case .stop:
      // STOP also follows a shutdown or panic; the run state says which it was.
      guard let state = try? await run?.monitor?.queryStatus() else { return }
      let condition = GuestCondition(state)
      if condition == .held { await explainHold() }
      await observe(.guest(condition))
    case .resume:
      run?.diskErrors = [:]
      await observe(.guest(.running))
    case .diskFailed(let error): diskFailed(error)
    case .reset(let byGuest, _):
      guestWasReset(byGuest: byGuest)
      consoleHub.guestWasReset()
      await observe(.guestReset)
      beginHealth(isFresh: true)
    // Beside, because an operation may be waiting for just this.
    case .deviceDeleted(let device):
      deviceNotifications.tell()
      Task { await self.deviceLeft(device) }
    case .trayMoved: deviceNotifications.tell()
    case .serialPortChange(QEMUCommand.agentPort, let open): await agentPort(open: open)
    case .other("BALLOON_CHANGE"): balloonMoved(event.data)
    case .tooMany(let name): eventsFlood(name)
    default: break
    }
  }
}
