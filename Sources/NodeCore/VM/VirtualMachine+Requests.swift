package import Failure
package import Hypervisor
import Life
import Linux
package import VMSpec

/// What is asked of its parts. Each says itself what it means.
extension VirtualMachine {
  package var machine: (any Machine)? { state.machine }
  package var agent: GuestAgent? { run?.agent }
  package var console: ConsoleHub? { run?.console }
  package var uprooted: Failure? { state.uprooted }
  package var hadAgent: Bool { state.hadAgent }
  package var summary: VMSummary { view.summary }
  /// Whether a hypervisor of this VM runs or is about to.
  package var hasProcess: Bool { run != nil || parts.start.isUnderWay }
  package func notRunning(_ operation: String) -> Failure { state.notRunning(operation) }

  package var status: VMStatus {
    VMStatus(
      record: record, agentConnected: state.agentAnswers, guest: run?.watch.facts,
      agentSeen: run?.watch.agentSeen, incarnation: run?.incarnation,
      facts: run.flatMap { ProcessFacts(pid: $0.process.pid) },
      warnings: view.warnings.all, usage: context.metrics.sample(id), paths: paths,
      limits: parts.limits.status, progress: view.progress)
  }

  /// Says to log and events what was done by it or with it.
  package func tell(_ what: String, kind: EventKind) { reporter.tell(what, kind: kind) }

  // MARK: devices, images

  package func attachDisk(_ disk: DiskSpec, id: String? = nil) async throws(Failure) -> String {
    try await parts.devices.attachDisk(disk, id: id)
  }
  package func detachDisk(_ name: String, removes: Bool = false) async throws(Failure) {
    try await parts.devices.detachDisk(name, removes: removes)
  }
  package func resizeDisk(_ name: String, to bytes: UInt64) async throws(Failure) {
    try await parts.devices.resizeDisk(name, to: bytes)
  }
  package func attachNIC(_ card: NICSpec, id: String? = nil) async throws(Failure) -> Int {
    try await parts.devices.attachNIC(card, id: id)
  }
  package func detachNIC(_ number: Int) async throws(Failure) { try await parts.devices.detachNIC(number) }
  package func changeMedium(_ path: String?, drive: String, force: Bool = false) async throws(Failure) {
    try await parts.devices.changeMedium(path, drive: drive, force: force)
  }
  func lookAtImages() { parts.images.look() }

  // MARK: snapshots

  package func createSnapshot(_ order: SnapshotOrder) async throws(Failure) -> Snapshot {
    var order = order
    guard order.quiesces, life.state.hasProcess, order.isDiskOnly else {
      // One that is started while this waits has nothing frozen.
      order.quiesces = false
      return try await parts.devices.createSnapshot(order)
    }
    // What is wrong with the order is said before the guest stands.
    _ = try await parts.devices.planSnapshot(order)
    let frozen = try await parts.freezer.freeze([], within: Self.longestQuiesce, scripts: true)
    order.isUnproven = true
    let made: Result<Snapshot, Failure>
    do throws(Failure) { made = .success(try await parts.devices.createSnapshot(order)) } catch {
      made = .failure(error)
    }
    let thawed: ThawedGuest?
    do throws(Failure) { thawed = try await parts.freezer.thaw(frozen.token, [], scripts: true) } catch {
      // It thaws by itself at its time.
      reporter.log(.warning, "\(error)")
      thawed = nil
    }
    var snapshot = try made.get()
    if thawed?.wasHeld == true {
      try await keeper.edit { $0.snapshots?.prove(snapshot.id) }
      snapshot.consistency = .filesystem
      return snapshot
    }
    try await parts.devices.deleteSnapshot(snapshot.id)
    throw Failure(
      .timeout, part: .agent, operation: "create snapshot", object: "\(name): \(snapshot.name)",
      cause: "the guest's file systems did not stay frozen, and the snapshot is removed",
      remedy: "try again when the host has less to do, or leave quiesce out")
  }
  /// How long file systems are frozen for a snapshot at most: a transaction takes milliseconds, and much more on a busy host.
  private static let longestQuiesce: Duration = .seconds(30)
  /// - Parameters:
  ///   - force: whether a VM that runs is ended for it.
  ///   - start: whether it is started then.
  package func revertSnapshot(
    _ reference: String, force: Bool, start: Bool, disksOnly: Bool
  ) async throws(Failure) {
    if force, life.state.hasProcess {
      // What cannot be reverted to must not cost the present state.
      try await parts.devices.checkRevert(reference, disksOnly: disksOnly)
      try await submit(.kill)
      try await ended(within: .seconds(20))
    }
    try await parts.devices.revertSnapshot(reference, disksOnly: disksOnly)
    guard start else { return }
    try await submit(.start)
    if let why = await outcomeOfStart() { throw why }
  }
  package func deleteSnapshot(_ reference: String) async throws(Failure) {
    try await parts.devices.deleteSnapshot(reference)
  }

  func save(_ order: SaveOrder) async throws(Failure) -> SaveManifest { try await parts.devices.save(order) }

  /// The VM is about to be deleted: what it has in images that stay behind goes. What cannot be removed is said.
  /// - Throws: that it cannot be deleted at all.
  func leaveForeignImages() async throws(Failure) {
    try state.checkRemoval()
    let foreign = (record.snapshots?.all ?? []).filter { $0.disks.contains { $0.spec.path != nil } }
    if !foreign.isEmpty, record.wake != nil { try await keeper.edit { $0.wake = nil } }
    for snapshot in foreign {
      do throws(Failure) { try await deleteSnapshot(snapshot.id) } catch { reporter.log(.warning, "\(error)") }
    }
  }

  // MARK: limits, ports

  package func changeLimits(_ change: LimitsChange) async throws(Failure) {
    try await parts.limits.changeLimits(change)
  }
  package func setBalloon(_ bytes: UInt64) async throws(Failure) { try await parts.limits.setBalloon(bytes) }
  func keepPlace() { parts.limits.keepPlace() }
  package func changeNetwork(
    _ nic: Int, _ change: @Sendable (inout NICSpec, [SavedForward]) throws(Failure) -> Void
  ) async throws(Failure) {
    try await parts.ports.changeNetwork(nic, change)
  }
  func rulesAreSet(_ nic: UInt8) { parts.ports.rulesAreSet(nic) }
  func rulesWereRefused(_ nic: UInt8, _ why: Failure) { parts.ports.rulesWereRefused(nic, why) }
  package func heardOfPorts(_ warnings: [Warning], family: String, generation: UInt64) {
    parts.ports.heard(warnings, family: family, generation: generation)
  }
  package func dropDeadTap(_ tap: String, of nic: Int) async { await parts.ports.dropDeadTap(tap, of: nic) }

  // MARK: guest, process

  /// Freezes file systems of the guest: what it has written is on its disks then, and whatever writes waits.
  /// - Parameters:
  ///   - mounts: where they are mounted; empty for all.
  ///   - time: when they are thawed at the latest, by the guest itself where that can be; nil for 60 s, 600 s are the most.
  ///   - scripts: whether the guest's scripts are run before (`FreezeScripts`), and after a thaw that nobody asks for.
  /// - Throws: `.invalid` for a mount point that the guest does not have, `.state` if they are frozen already or nobody in the
  ///   guest listens. Nothing stays frozen then.
  package func freeze(
    mounts: [String] = [], within time: Duration? = nil, scripts: Bool = false
  ) async throws(Failure) -> FrozenGuest {
    try await parts.freezer.freeze(mounts, within: time, scripts: scripts)
  }

  /// Thaws what was frozen.
  /// - Parameters:
  ///   - token: what the freeze has answered; nil thaws whoever has frozen.
  ///   - mounts: empty, or all that were frozen.
  ///   - scripts: whether the guest's scripts for after a thaw are run.
  /// - Throws: `.state` if nothing is frozen, or with another token.
  package func thaw(
    token: String?, mounts: [String] = [], scripts: Bool = false
  ) async throws(Failure) -> ThawedGuest {
    try await parts.freezer.thaw(token, mounts, scripts: scripts)
  }

  /// Why the guest's agent does nothing else at present; nil if its file systems are not frozen.
  package func frozen(_ operation: String) -> Failure? { parts.freezer.refusal(operation) }

  /// Thaws before something that a frozen guest could not do.
  package func release(_ why: String) async { await parts.freezer.release(why) }

  package func screenshot(_ format: PictureFormat) async throws(Failure) -> [UInt8] {
    try await parts.screen.screenshot(format)
  }
  package func viewerSocket() throws(Failure) -> String { try parts.screen.viewerSocket() }
  package func screenPlace() throws(Failure) -> ScreenPlace? { try parts.screen.place() }
  package func injectNMI() async throws(Failure) { try await parts.power.injectNMI() }
  func lookAfter(_ round: Int) { parts.watcher.look(round) }
  func adopt() async { await parts.adoption.adopt() }
  /// From now on the VM does not start with a layer missing, whoever starts it.
  package func demandLayers() async throws(Failure) {
    try await gate.alone { () throws(Failure) in try await keeper.edit { $0.spec.strict = true } }
  }

  // MARK: waiting

  package func wait(for goals: Set<Milestone>, timeout: Duration?) async -> WaitOutcome {
    await waits.wait(for: goals, timeout: timeout)
  }
  package func outcomeOfStart() async -> Failure? { await waits.outcomeOfStart() }
  package func waitUntilDone(_ operation: String, timeout: Duration) async throws(Failure) {
    try await waits.waitUntilDone(operation, timeout: timeout)
  }
  package func waitUntilEnded(timeout: Duration?) async -> Bool { await waits.waitUntilEnded(timeout: timeout) }
  package func ended(within timeout: Duration) async throws(Failure) { try await waits.ended(within: timeout) }
  package func staysUp() async throws(Failure) { try await waits.staysUp() }
  package func wakesUp(within timeout: Duration) async throws(Failure) { try await waits.wakesUp(within: timeout) }

  /// Asks the guest to power off, and waits until it has. Nothing else ends it: at the deadline it runs on.
  /// - Throws: `.timeout` if it does; `.state` if it cannot be asked.
  package func shutDown(timeout: Duration) async throws(Failure) {
    try await submit(.shutdown(timeout: timeout))
    try await waits.poweredOff(within: timeout + Escalation.interval * 2)
  }

  /// Asks the guest to power off, cuts its power when the time is up, and waits until it has ended.
  /// - Returns: that it did not obey, and what was done then; nil if it did.
  package func powerOff(timeout: Duration) async throws(Failure) -> Failure? {
    try await submit(.stop(timeout: timeout))
    try await waits.ended(within: timeout + Escalation.interval * 2)
    return life.cut
  }
}
