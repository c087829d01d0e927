import Failure
import Glibc
import Hypervisor
import Life
import Linux

/// What the VM takes of its host: promised before it starts, held while it runs.
extension VirtualMachine {
  /// Whether its hypervisor runs without KVM; nil while nobody can know.
  package var isEmulated: Bool? {
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
    try context.limits.allocations.admit(id, name: name, ResourceRequest(record.spec, isEmulated: isEmulated))
  }

  /// Notes the place of a VM that an earlier life of ours let in. Whether it fits is no question any more.
  func keepPlace() {
    // One that was refused a place waits without one.
    let wasRefused = life.why.map { $0.part == .limit && $0.code == .exhausted && $0.operation == "start" } ?? false
    guard life.state.hasProcess || life.restart != nil && !wasRefused else { return }
    context.limits.allocations.note(id, ResourceRequest(record.spec, isEmulated: isEmulated ?? false))
  }

  /// Gives the place back once the VM is off. One that waits for its next automatic start keeps it.
  func settlePlace() {
    if !life.state.hasProcess, life.restart == nil { context.limits.allocations.release(id) }
  }

  // MARK: the hypervisor

  /// Paths of the images of its disks, in their order.
  package var images: [String] {
    record.spec.disks.enumerated().map { $1.path ?? paths.disk($1.fileName(at: $0)) }
  }

  /// Sets the limits of a living hypervisor as the record has them: what is so already stays so. Called when one was found
  /// alive, since a service manager may have taken all groups' limits away, and we may have ended between record and
  /// effect.
  func holdLimits() async {
    guard let run else { return }
    let isEmulated = isEmulated ?? true
    context.limits.allocations.note(id, ResourceRequest(record.spec, isEmulated: isEmulated))
    do throws(Failure) { try await limitGroup(isEmulated) } catch {
      let failed = Warning(id: "limit", part: .limit, cause: error.cause, remedy: error.remedy, isLasting: true)
      run.warnings.replace(family: "limit", with: [failed])
    }
  }

  /// Sets what only the hypervisor itself can hold. Called whenever it answers.
  func holdDeviceLimits(_ meeting: Meeting) async {
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
      context.log.error("\(error)", metadata: metadata)
    }
  }

  /// Follows a change of the running VM's disks: each has its share in the allowance, and its throttle.
  func limitDevices() async throws(Failure) {
    guard run != nil else { return }
    let isEmulated = isEmulated ?? true
    context.limits.allocations.note(id, ResourceRequest(record.spec, isEmulated: isEmulated))
    try await limitGroup(isEmulated)
    try await throttleDisks()
  }

  func limitGroup(_ isEmulated: Bool) async throws(Failure) {
    guard let run else { return }
    let (spec, id, images, limits) = (record.spec, id, images, context.limits)
    let pid = run.process.pid
    let hold: @Sendable () throws(Failure) -> VMCgroup = { () throws(Failure) in
      var group = try VMCgroup.prepare(spec, id: id, images: images, isEmulated: isEmulated, in: limits)
      try group.enter(pid: pid)
      return group
    }
    // Without a tree there is nothing to write, and nothing to wait for.
    let group = try limits.tree == nil ? hold() : await queue.run(hold)
    run.warnings.replace(family: "limit", with: group.warnings)
  }

  /// Sets the throttle of every disk that is not as the specification wants it.
  /// - Parameter known: how they are; nil to ask.
  func throttleDisks(_ known: [DiskRate]? = nil) async throws(Failure) {
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
    case .signalled(SIGKILL), .unknown: VMCgroup.outOfMemory(id: id, name: name, in: context.limits.tree)
    default: nil
    }
  }

  /// Removes the group of the hypervisor that has ended.
  func removeGroup() async {
    let (id, tree) = (id, context.limits.tree)
    do throws(Failure) { try await queue.run { () throws(Failure) in try VMCgroup.remove(id: id, in: tree) } } catch {
      context.log.warning("\(error)", metadata: metadata)
    }
  }
}
