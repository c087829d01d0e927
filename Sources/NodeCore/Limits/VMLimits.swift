import Failure
import Glibc
import Hypervisor
import Life
import Linux

/// What a VM takes of its host: promised before it starts, held while it runs. Belongs to the VM's actor.
final class VMLimits {
  let keeper: RecordKeeper
  let state: VMState
  let reporter: VMReporter
  let changes: ChangeGate
  private let host: HostLimits
  private let images: VMImages
  private let work: WorkQueue

  init(
    _ keeper: RecordKeeper, _ state: VMState, _ reporter: VMReporter, _ changes: ChangeGate, _ host: HostLimits,
    _ images: VMImages, _ work: WorkQueue
  ) {
    self.keeper = keeper
    self.state = state
    self.reporter = reporter
    self.changes = changes
    self.host = host
    self.images = images
    self.work = work
  }

  var record: Record { keeper.record }
  var run: VMRun? { state.run }
  private var life: LifeCycle { state.life }

  /// Whether its hypervisor runs without KVM; nil while nobody can know.
  var isEmulated: Bool? {
    if let run { return run.incarnation.accelerator == "tcg" }
    switch record.spec.accel {
    case .tcg: return true
    case .kvm: return false
    case .auto: return nil
    }
  }

  // MARK: the host's capacity

  /// Takes the VM's place on the host, before a start.
  /// - Throws: the numbers, if there is not enough left.
  func takePlace(isEmulated: Bool) throws(Failure) {
    try host.allocations.admit(record.id, name: state.name, ResourceRequest(record.spec, isEmulated: isEmulated))
  }

  /// Notes the place of a VM that an earlier life of ours let in. Whether it fits is no question any more.
  func keepPlace() {
    // One that was refused a place waits without one.
    let wasRefused = life.why.map { $0.part == .limit && $0.code == .exhausted && $0.operation == "start" } ?? false
    guard life.state.hasProcess || life.restart != nil && !wasRefused else { return }
    host.allocations.note(record.id, ResourceRequest(record.spec, isEmulated: isEmulated ?? false))
  }

  /// Gives the place back once the VM is off. One that waits for its next automatic start keeps it.
  func settlePlace() {
    if !life.state.hasProcess, life.restart == nil { host.allocations.release(record.id) }
  }

  // MARK: the hypervisor

  /// Sets the limits of a living hypervisor as the record has them: what is so already stays so. Called when one was found
  /// alive, since a service manager may have taken all groups' limits away, and we may have ended between record and
  /// effect.
  nonisolated(nonsending) func holdLimits() async {
    guard let run else { return }
    let isEmulated = isEmulated ?? true
    host.allocations.note(record.id, ResourceRequest(record.spec, isEmulated: isEmulated))
    do throws(Failure) { try await limitGroup(isEmulated) } catch {
      let failed = Warning(id: "limit", part: .limit, cause: error.cause, remedy: error.remedy, isLasting: true)
      run.warnings.replace(family: "limit", with: [failed])
    }
  }

  /// Sets what only the hypervisor itself can hold. Called whenever it answers.
  nonisolated(nonsending) func holdDeviceLimits(_ meeting: Meeting) async {
    guard let run else { return }
    if let bytes = meeting.balloon { run.balloon = bytes }
    guard let rates = meeting.diskRates else { return }
    do throws(Failure) {
      try await throttleDisks(try rates.get())
      run.warnings.clear("throttle")
    } catch {
      run.warnings.set(
        Warning(
          id: "throttle", part: .limit, cause: "no limit of disks: \(error.cause)", remedy: error.remedy,
          isLasting: true))
      reporter.log(.error, "\(error)")
    }
  }

  /// Follows a change of the running VM's disks: each has its share in the allowance, and its throttle.
  nonisolated(nonsending) func limitDevices() async throws(Failure) {
    guard run != nil else { return }
    let isEmulated = isEmulated ?? true
    host.allocations.note(record.id, ResourceRequest(record.spec, isEmulated: isEmulated))
    try await limitGroup(isEmulated)
    try await throttleDisks()
  }

  nonisolated(nonsending) func limitGroup(_ isEmulated: Bool) async throws(Failure) {
    guard let run else { return }
    let (spec, id, images, limits) = (record.spec, record.id, images.diskPaths, host)
    let pid = run.process.pid
    let hold: @Sendable () throws(Failure) -> VMCgroup = { () throws(Failure) in
      var group = try VMCgroup.prepare(spec, id: id, images: images, isEmulated: isEmulated, in: limits)
      try group.enter(pid: pid)
      return group
    }
    // Without a tree there is nothing to write, and nothing to wait for.
    let group = try limits.tree == nil ? hold() : await work.queue.run(hold)
    run.warnings.replace(family: "limit", with: group.warnings)
  }

  /// Sets the throttle of every disk that is not as the specification wants it.
  /// - Parameter known: how they are; nil to ask.
  nonisolated(nonsending) func throttleDisks(_ known: [DiskRate]? = nil) async throws(Failure) {
    guard let machine = run?.machine else { return }
    let wanted = zip(record.spec.disks, record.devices.disks).map { disk, place in
      DiskRate(
        device: .disk(place.number), operations: UInt64(max(0, disk.iops ?? 0)), bytes: disk.throughput ?? 0)
    }
    if !wanted.isEmpty { try await machine.limit(wanted, known: known) }
  }

  /// Why the kernel ended the hypervisor, if it was for its memory.
  func memoryDeath(_ how: HowEnded) -> Failure? {
    switch how {
    case .signalled(SIGKILL), .unknown: VMCgroup.outOfMemory(id: record.id, name: state.name, in: host.tree)
    default: nil
    }
  }

  /// What removes the group of the hypervisor that has ended.
  var removal: @Sendable () async -> Void {
    let (id, tree, queue, log) = (record.id, host.tree, work.queue, reporter.log)
    return {
      do throws(Failure) { try await queue.run { () throws(Failure) in try VMCgroup.remove(id: id, in: tree) } } catch {
        log(.warning, "\(error)")
      }
    }
  }

  /// How it stands now.
  var status: LimitStatus {
    let explicit = record.spec.limits.memoryOverhead
    return LimitStatus(
      overhead: explicit ?? isEmulated.map { MemoryAllowance.bytes(record.spec, isEmulated: $0) },
      group: run == nil ? nil : host.tree?.group(record.id).path, balloon: run?.balloon,
      balloonTarget: run?.balloonTarget)
  }
}
