package import Failure
import FoundationEssentials
package import Hypervisor
import Life
import VMSpec

/// The frame of every operation on devices: what is wanted is on disk before anything happens, what the hypervisor
/// refuses is taken back, and what a crash interrupts is carried out at the next start.
extension VirtualMachine {
  /// What an operation makes of a record, and how it is carried out.
  struct Change: Sendable {
    var record: Record
    var operation: PendingOperation

    /// What the messages of operations call the keys of the document. A device as a whole has no name there.
    static let fields = [
      "disks": "", "disks.name": "name", "disks.path": "path", "disks.size": "size_bytes",
      "disks.bus": "bus", "nics": "", "nics.network": "network", "nics.address": "address", "nics.model": "model",
      "cdroms": "", "cdroms.path": "path",
    ]
  }

  /// Runs one operation. Of each VM one at a time.
  /// - Parameters:
  ///   - part: what its failures are of, unless something closer to the cause has said another.
  ///   - prepare: looks at what is there and says what is to change; nil if it is so already.
  /// - Throws: what is wrong with the request, or why it could not be done; then everything is as it was.
  func operate(
    _ operation: String, of part: Failure.Part,
    _ prepare: (isolated VirtualMachine) async throws(Failure) -> Change?
  ) async throws(Failure) {
    try await alone { () throws(Failure) in
      try await self.settle(operation)
      try self.admit(operation)
      let before = self.life.state
      let wanted = try await Failure.of(part) { () async throws(Failure) in try await prepare(self) }
      guard var change = wanted else { return }
      do throws(Failure) {
        change.record.spec = try change.record.spec.checked(operation, fields: Change.fields)
      } catch {
        throw error.of(part)
      }
      // Asking takes its time, and the VM may have been started or ended in it.
      guard before.hasProcess == self.life.state.hasProcess else { throw self.unsuitable(operation) }
      try self.admit(operation)
      try await self.intend(change)
      do throws(Failure) { try await self.carryOut(change.operation) } catch {
        await self.takeBack(change.operation, error, by: .current)
        throw error
      }
      try await self.conclude(change.operation, by: .current)
    }
  }

  /// Carries out what an earlier life of ours has begun. Called whenever a hypervisor answers, and for VMs without one.
  func reconcileDevices() async {
    guard record.pendingOperation != nil else { return }
    do throws(Failure) { try await alone { () throws(Failure) in try await self.settle("finish operation") } } catch {
      context.log.error("\(error)", metadata: metadata(.current))
    }
  }

  private func settle(_ step: String) async throws(Failure) {
    guard let operation = record.pendingOperation else { return }
    if life.state.hasProcess {
      try admit(step)
    }
    // Whoever comes now is not the one who wanted it.
    do throws(Failure) { try await carryOut(operation) } catch {
      await takeBack(operation, error, by: .supervisor)
      return
    }
    try await conclude(operation, by: .supervisor)
  }

  // MARK: steps

  /// Refuses what the VM's state does not allow.
  private func admit(_ operation: String) throws(Failure) {
    if isRetired { throw .noSuchVM(name, operation: operation) }
    switch life.state {
    case .pending, .stopped, .failed: return
    case .running, .paused:
      if machine != nil { return }
      throw Failure(
        .unavailable, part: .process, operation: operation, object: name, cause: "its hypervisor does not answer",
        remedy: "see vmsupervisor status \(name)")
    default: throw unsuitable(operation)
    }
  }

  private func unsuitable(_ operation: String) -> Failure {
    Failure(
      .state, part: .state, operation: operation, object: name, cause: "it is \(life.state.rawValue)",
      remedy: "wait until it is running or stopped: vmsupervisor wait \(name) --state running --state stopped")
  }

  private func intend(_ change: Change) async throws(Failure) {
    // Only what is the operation's: the life cycle may have gone on since `change` was made.
    try await edit { record in
      record.spec = change.record.spec
      record.deviceAddresses = change.record.deviceAddresses
      record.pendingOperation = change.operation
    }
  }

  private func carryOut(_ operation: PendingOperation) async throws(Failure) {
    do throws(Failure) { try await perform(operation) } catch {
      // A hypervisor that ended in between took its devices along: what is left is the part that needs none.
      guard error.code == .unavailable, life.state.hasProcess, await waitUntilEnded(timeout: .seconds(2)) else {
        throw error.of(operation.part)
      }
      try await Failure.of(operation.part) { () async throws(Failure) in try await perform(operation) }
    }
  }

  private func perform(_ operation: PendingOperation) async throws(Failure) {
    switch operation {
    case .attachDisk(let name):
      try await plugDisk(name)
      try await limitDevices()
    case .detachDisk(let disk, let index, let place, let removes):
      try await unplugDisk(disk.effectiveName(at: index), place)
      if removes { try await removeImage(disk.fileName(at: index)) }
      try await limitDevices()
    case .resizeDisk(let name, _, let size): try await growDisk(name, to: size)
    case .attachNIC(let number): try await plugNIC(number)
    case .detachNIC(_, _, let place): try await unplugNIC(place)
    case .changeMedium(let drive, _, let isForced): try await changeMedium(drive, isForced: isForced)
    case .addDrive: break
    }
  }

  /// The way back: first on disk, because a half of it must not be carried out again, then for what happened already.
  private func takeBack(_ operation: PendingOperation, _ why: Failure, by author: Author) async {
    await keep { record in
      record.undo(operation)
      record.pruneImages()
      record.pendingOperation = nil
      record.tell(
        HistoryEntry(time: Date(), what: "not done: \(operation.summary)\(author.phrase)", detail: "\(why)"))
    }
    switch operation {
    case .attachNIC(let number): await releasePort(number)
    case .changeMedium(let drive, _, _):
      // The tray may be empty by now.
      if life.state.hasProcess { try? await restoreMedium(drive) }
    default: break
    }
    tell("not done: \(operation.summary)", why, by: author)
  }

  /// - Throws: that the VM was deleted meanwhile, by whoever did not want to wait for it.
  private func conclude(_ operation: PendingOperation, by author: Author) async throws(Failure) {
    // What cannot be written now is carried out once more after a crash, which changes nothing.
    let trouble = await keep { record in
      record.pendingOperation = nil
      record.pruneImages()
      record.tell(HistoryEntry(time: Date(), what: operation.summary + author.phrase))
    }
    if let trouble, trouble.code == .notFound { throw trouble }
    await followDisks(operation)
    switch operation {
    case .detachDisk(_, _, let place, _): run?.warnings.clear("device.\(Device.disk(place.number))")
    case .detachNIC(_, _, let place): run?.warnings.clear("device.\(Device.nic(place.number))")
    default: break
    }
    tell(operation.summary, nil, by: author)
  }

  /// Each disk has its share in the limits of a running VM.
  private func followDisks(_ operation: PendingOperation) async {
    switch operation {
    case .attachDisk, .detachDisk:
      do throws(Failure) { try await limitDevices() } catch {
        run?.warnings.set(
          Warning(
            id: "limit.follow", part: .limit, cause: "limits do not follow its disks: \(error.cause)",
            remedy: error.remedy, isLasting: true))
        context.log.error("\(error)", metadata: metadata(.current))
      }
    default: break
    }
  }

  /// Says to log and events what was done, or was not.
  package func tell(_ what: String, _ why: Failure? = nil, kind: EventKind = .operation, by author: Author = .current) {
    context.log.info("\(what)", metadata: metadata(author))
    context.events.append(
      HostEvent(vm: id, name: name, kind: kind, what: what, generation: life.generation, why: why).by(author))
    announce()
  }

  // MARK: for all kinds of devices

  /// Refuses devices for a running VM whose board cannot take them.
  func checkHotPlug(_ operation: String) throws(Failure) {
    guard life.state.hasProcess, record.spec.machine == .microvm else { return }
    throw Failure(
      .unsupported, part: .state, operation: operation, object: name,
      cause: "a microvm cannot be given or lose devices while it runs",
      remedy: "stop it first, or use machine: q35")
  }

  /// The root port for a new device: one that is free, or the board itself for a VM that does not run.
  func choosePort(_ operation: String) throws(Failure) -> Int? {
    if record.spec.machine == .microvm { return nil }
    if let port = record.devices.freePort { return port }
    guard life.state.hasProcess else { return nil }
    throw Failure(
      .exhausted, part: .limit, operation: operation, object: name,
      cause: "all \(DeviceAddresses.hotplugPorts) ports for devices that come while it runs are taken",
      remedy: "detach one that came so, or stop the VM first")
  }

  /// Refuses to take a device from a running guest that cannot let go of it.
  func checkLeaving(_ place: DeviceAddresses.Address, _ operation: String, _ object: String) throws(Failure) {
    guard life.state.hasProcess else { return }
    try checkHotPlug(operation)
    guard place.port != nil else {
      throw Failure(
        .state, part: .state, operation: operation, object: object,
        cause: "it is part of the board since the VM was made",
        remedy: "stop the VM first; a device that is attached later can go at any time")
    }
    guard life.state == .running else {
      throw Failure(
        .state, part: .state, operation: operation, object: object,
        cause: "the guest is \(life.state.rawValue) and cannot let go of it",
        remedy: "resume it first: vmsupervisor resume \(name)")
    }
  }

  /// How long a guest may take to let go of a device.
  static let leavingTimeout: Duration = .seconds(15)

  /// Asks the guest to let go of a device and waits until it has.
  /// - Throws: `.timeout` if it does not.
  package func release(_ device: Device, _ what: String, _ machine: any Machine) async throws(Failure) {
    guard try await machine.askToLeave(device) else { return }
    let hasLeft = try await untilDevices(within: Self.leavingTimeout) { () async throws(Failure) in
      try await !machine.has(device)
    }
    guard hasLeft else {
      throw Failure(
        .timeout, operation: "detach", object: what,
        cause: "the guest did not let go of it within \(Self.leavingTimeout.components.seconds) s",
        remedy: "unmount or stop using it in the guest and try again; a guest that is still starting needs more time")
    }
  }

  /// The guest has let go of a device. Asked for it is part of an operation; otherwise somebody has to know.
  func deviceLeft(_ device: Device) async {
    let result: Result<Void, Failure>
    do throws(Failure) {
      result = .success(try await alone { () throws(Failure) in try await self.noteDeparture(device) })
    } catch {
      result = .failure(error)
    }
    if case .failure(let error) = result { context.log.error("\(error)", metadata: metadata) }
  }

  private func noteDeparture(_ device: Device) async throws(Failure) {
    guard let machine, try await !machine.has(device) else { return }
    let what: String
    switch device {
    case .disk(let number):
      guard let index = record.devices.disks.firstIndex(where: { $0.number == number }) else { return }
      try await clearDisk(record.devices.disks[index], machine)
      what = "disk \(record.spec.disks[index].effectiveName(at: index))"
    case .nic(let number):
      guard record.nicIndex(number) != nil else { return }
      try await machine.clear(device)
      what = "NIC \(number)"
    case .drive, .seed: return
    }
    run?.warnings.set(
      Warning(
        id: "device.\(device)", part: device.part, cause: "the guest has let go of \(what)",
        remedy: "it has it again after its next start, or detach it"))
    tell("guest has let go of \(what)", by: .guest)
  }
}

extension Device {
  /// What of a VM it belongs to.
  fileprivate var part: Failure.Part {
    switch self {
    case .nic: .network
    case .disk, .drive, .seed: .disk
    }
  }
}
