package import Failure
package import Hypervisor
package import Life
package import Linux
import VMSpec

/// A running QEMU, behind the monitor that was met.
package struct QEMUMachine: Machine {
  let monitor: QMPClient
  /// Those who wait for the end of a job.
  let jobs = JobBell()

  package init(_ monitor: QMPClient) { self.monitor = monitor }

  package var release: String { "\(monitor.version)" }

  package func listen(_ body: @Sendable (MachineEvent) async -> Void) async {
    for await event in monitor.events {
      if event.name == "JOB_STATUS_CHANGE" { jobs.ring() }
      if let event = MachineEvent(event) { await body(event) }
    }
    jobs.ring()
  }

  package func close() async { await monitor.close() }

  // MARK: power

  package func condition() async throws(Failure) -> GuestCondition { GuestCondition(try await monitor.queryStatus()) }
  package func halt() async throws(Failure) { try await monitor.stop() }
  package func resume() async throws(Failure) { try await monitor.cont() }
  package func injectNMI() async throws(Failure) { try await monitor.injectNMI() }
  package func wake() async throws(Failure) { try await monitor.systemWakeup() }
  package func pressPowerButton() async throws(Failure) { try await monitor.systemPowerdown() }
  package func reset() async throws(Failure) { try await monitor.systemReset() }
  package func quit() async throws(Failure) { try await monitor.quit() }

  // MARK: limits and readings

  package func limit(_ wanted: [DiskRate], known: [DiskRate]?) async throws(Failure) {
    if let known, wanted.allSatisfy({ rate in known.first { $0.device == rate.device }.map { $0 == rate } ?? true }) {
      return
    }
    for throttle in try await monitor.throttles() {
      guard let rate = throttle.rate, let new = wanted.first(where: { $0.device == rate.device }), new != rate else {
        continue
      }
      // By the name that it gives itself: of some devices a part has the disk.
      try await monitor.setThrottle(
        BlockThrottle(device: throttle.device, operations: new.operations, bytes: new.bytes))
    }
  }

  package func setBalloon(_ bytes: UInt64) async throws(Failure) { try await monitor.setBalloon(bytes) }

  package func diskCounters(timeout: Duration) async throws(Failure) -> [DiskCounters] {
    try await monitor.queryBlockStats(timeout: timeout).compactMap(\.counters)
  }

  package func balloon(timeout: Duration) async throws(Failure) -> UInt64 {
    try await monitor.queryBalloon(timeout: timeout)
  }

  package func reportMemory(every seconds: Int, timeout: Duration) async throws(Failure) {
    try await monitor.pollGuestStats(every: seconds, timeout: timeout)
  }

  package func guestMemory(timeout: Duration) async throws(Failure) -> GuestStats? {
    try await monitor.guestStats(timeout: timeout)
  }

  // MARK: the screen

  package func takePicture(_ format: PictureFormat, into file: consuming Descriptor) async throws(Failure) {
    let set = FileSet.picture
    try await monitor.addFile(file, set: set)
    do throws(Failure) { try await monitor.takePicture(format, set: set) } catch {
      try? await monitor.removeFiles(set: set)
      throw error
    }
    try await monitor.removeFiles(set: set)
  }

  package func viewers() async throws(Failure) -> Int { try await monitor.viewers() }

  package func addViewer(_ socket: consuming Descriptor) async throws(Failure) { try await monitor.addViewer(socket) }
}

extension MachineEvent {
  /// What an event of the monitor is to a VM; nil if nothing.
  init?(_ event: QMPEvent) {
    switch event.kind {
    case .shutdown(_, let reason):
      switch reason {
      case "host-qmp-quit", "host-signal": self = .leaving
      case "guest-panic": self = .guest(.panicked)
      default: self = .guest(.shutDown)
      }
    case .guestPanicked: self = .guest(.panicked)
    // It also follows a shutdown, a panic and an error of a disk.
    case .stop: self = .halted
    case .resume: self = .resumed
    case .other("SUSPEND"): self = .guest(.suspended)
    case .other("WAKEUP"): self = .guest(.running)
    case .diskFailed(let error): self = .diskFailed(error)
    case .reset(let byGuest, _): self = .reset(byGuest: byGuest)
    case .deviceDeleted(let id): self = .deviceLeft(QEMUCommand.device(id: id))
    case .trayMoved: self = .trayMoved
    case .serialPortChange(QEMUCommand.agentPort, let open): self = .agentPort(isOpen: open)
    case .other("BALLOON_CHANGE"):
      guard let bytes = event.data["actual"]?.integer, bytes >= 0 else { return nil }
      self = .balloon(UInt64(bytes))
    case .tooMany(let name): self = .flood(name, perSecond: QMPClient.eventsPerSecond)
    default: return nil
    }
  }
}

extension BlockStats {
  /// The same for those who know of no QEMU; nil if it is no disk or drive of the guest: the nodes of firmware.
  package var counters: DiskCounters? {
    deviceID.flatMap { QEMUCommand.device(id: $0) }.map {
      DiskCounters(
        device: $0, readBytes: readBytes, writtenBytes: writtenBytes, reads: reads, writes: writes, flushes: flushes)
    }
  }
}
