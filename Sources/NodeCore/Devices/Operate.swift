import Failure
import FoundationEssentials
import Hypervisor
import Life
import VMSpec

/// The frame of every operation on devices: what is wanted is on disk before anything happens, what the hypervisor
/// refuses is taken back, and what a crash interrupts is carried out at the next start.
extension VMDevices {
  /// What an operation makes of a record, and how it is carried out.
  struct Change: Sendable {
    var record: Record
    var operation: PendingOperation

    /// What the messages of operations call the keys of the document. A device as a whole has no name there.
    static let fields = [
      "disks": "", "disks.name": "name", "disks.path": "path", "disks.size": "size_bytes",
      "disks.bus": "bus", "disks.readonly": "readonly", "nics": "", "nics.network": "network",
      "nics.address": "address", "nics.mac": "mac_address", "nics.model": "model",
      "cdroms": "", "cdroms.path": "path",
    ]
  }

  /// Runs one operation. Of each VM one at a time.
  /// - Parameters:
  ///   - part: what its failures are of, unless something closer to the cause has said another.
  ///   - prepare: looks at what is there and says what is to change; nil if it is so already.
  /// - Throws: what is wrong with the request, or why it could not be done; then everything is as it was.
  ///   - isRevert: whether it takes the place of one that puts the images back and could not be finished.
  nonisolated(nonsending) func operate(
    _ operation: String, of part: Failure.Part, isRevert: Bool = false,
    _ prepare: nonisolated(nonsending) () async throws(Failure) -> Change?
  ) async throws(Failure) {
    try await changes.alone { () throws(Failure) in
      if !isRevert || self.record.pendingOperation?.isRevert == false { try await self.settle(operation) }
      try self.admit(operation)
      let before = self.life.state
      let wanted = try await Failure.of(part) { () async throws(Failure) in try await prepare() }
      guard var change = wanted else { return }
      do throws(Failure) {
        change.record.spec = try change.record.spec.checked(operation, fields: Change.fields)
      } catch {
        throw error.of(part)
      }
      // Asking takes its time, and the VM may have been started or ended in it.
      guard before.hasProcess == self.life.state.hasProcess else { throw self.unsuitable(operation) }
      try self.admit(operation)
      // A start that is being written down shows there first.
      if change.operation.isOfImages, self.record.state != self.life.state { throw self.unsuitable(operation) }
      try await self.intend(change)
      do throws(Failure) { try await self.carryOut(change.operation, again: false) } catch {
        // We end, and the hypervisor goes on with it: the next of us finds it in the record.
        if Task.isCancelled, change.operation.isOfImages { throw error }
        await self.takeBack(change.operation, error, by: .current)
        throw error
      }
      try await self.conclude(change.operation, by: .current)
    }
  }

  /// Carries out what an earlier life of ours has begun. Called whenever a hypervisor answers, and for VMs without one.
  nonisolated(nonsending) func reconcileDevices() async {
    guard record.pendingOperation != nil || record.snapshots?.leftovers != nil else { return }
    do throws(Failure) {
      try await changes.alone { () throws(Failure) in try await self.settle("finish operation") }
    } catch {
      reporter.log(.error, "\(error)", by: .current)
    }
  }

  nonisolated(nonsending) private func settle(_ step: String) async throws(Failure) {
    await dropLeftovers()
    guard let operation = record.pendingOperation else { return }
    if life.state.hasProcess {
      try admit(step)
    }
    // Whoever comes now is not the one who wanted it.
    do throws(Failure) { try await carryOut(operation, again: true) } catch {
      await takeBack(operation, error, by: .supervisor)
      // Images that are put back in part are good for nothing but being put back.
      if operation.isRevert { throw error }
      return
    }
    try await conclude(operation, by: .supervisor)
  }

  // MARK: steps

  /// Refuses what the VM's state does not allow.
  private func admit(_ operation: String) throws(Failure) {
    if state.isRetired { throw .noSuchVM(name, operation: operation) }
    switch life.state {
    case .pending, .stopped, .failed: return
    case .running, .paused:
      if machine == nil { throw state.notRunning(operation) }
    default: throw unsuitable(operation)
    }
  }

  private func unsuitable(_ operation: String) -> Failure {
    Failure(
      .state, part: .state, operation: operation, object: name, cause: "it is \(life.state.rawValue)",
      remedy: "wait until it is running or stopped: vmsupervisor wait \(name) --state running --state stopped")
  }

  nonisolated(nonsending) private func intend(_ change: Change) async throws(Failure) {
    // Only what is the operation's: the life cycle may have gone on since `change` was made.
    try await keeper.edit { record in
      record.spec = change.record.spec
      record.deviceAddresses = change.record.deviceAddresses
      record.pendingOperation = change.operation
      record.snapshots = change.record.snapshots
      // Disks that are put back have no memory that fits; of all others the start alone decides.
      if change.operation.isRevert { record.wake = nil }
      record.keepPoolFolder(of: change.operation)
    }
  }

  /// - Parameter again: whether it was begun before, and nobody knows how far it came.
  nonisolated(nonsending) private func carryOut(
    _ operation: PendingOperation, again: Bool
  ) async throws(Failure) {
    do throws(Failure) { try await perform(operation, again: again) } catch {
      // A hypervisor that ended in between took its devices along: what is left is the part that needs none.
      guard error.code == .unavailable, life.state.hasProcess, await waits.waitUntilEnded(timeout: .seconds(2)) else {
        throw error.of(operation.part)
      }
      try await Failure.of(operation.part) { () async throws(Failure) in
        try await perform(operation, again: true)
      }
    }
  }

  nonisolated(nonsending) private func perform(
    _ operation: PendingOperation, again: Bool
  ) async throws(Failure) {
    switch operation {
    case .attachDisk(let name):
      try await plugDisk(name)
      try await limits.limitDevices()
    case .detachDisk(let disk, let index, let place, let removes):
      try await unplugDisk(disk.effectiveName(at: index), place)
      if removes { try await removeImage(of: disk, at: index) }
      try await limits.limitDevices()
    case .resizeDisk(let name, _, let size): try await growDisk(name, to: size)
    case .attachNIC(let number): try await plugNIC(number)
    case .detachNIC(_, _, let place): try await unplugNIC(place)
    case .changeMedium(let drive, _, let isForced): try await changeMedium(drive, isForced: isForced)
    case .addDrive: break
    case .createSnapshot(let snapshot): try await makeSnapshot(snapshot, again: again)
    case .revertSnapshot(let id, _, _): try await applySnapshot(id)
    case .deleteSnapshot(let id, _): try await removeSnapshot(id)
    case .save(let save): try await makeSave(save, again: again)
    }
  }

  /// The way back: first on disk, because a half of it must not be carried out again, then for what happened already.
  nonisolated(nonsending) private func takeBack(_ operation: PendingOperation, _ why: Failure, by author: Author) async
  {
    await keeper.keep { record in
      record.undo(operation)
      record.pruneImages()
      if !operation.isRevert { record.pendingOperation = nil }
      // What some image may have of it is looked for until that is sure.
      if let snapshot = operation.madeSnapshot { record.leaveOver(snapshot) }
      record.tell(
        HistoryEntry(time: Date(), what: "not done: \(operation.summary)\(author.phrase)", detail: "\(why)"))
    }
    switch operation {
    case .attachNIC(let number): await ports.release(number)
    case .changeMedium(let drive, _, _):
      // The tray may be empty by now.
      if life.state.hasProcess { try? await restoreMedium(drive) }
    case .createSnapshot, .save: await dropLeftovers()
    default: break
    }
    reporter.tell("not done: \(operation.summary)", why, kind: operation.eventKind, by: author)
  }

  /// - Throws: that the VM was deleted meanwhile, by whoever did not want to wait for it.
  nonisolated(nonsending) private func conclude(_ operation: PendingOperation, by author: Author) async throws(Failure)
  {
    // What cannot be written now is carried out once more after a crash, which changes nothing.
    let trouble = await keeper.keep { record in
      record.pendingOperation = nil
      record.settleSnapshots(operation)
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
    reporter.tell(operation.summary, nil, kind: operation.eventKind, change: operation.change, by: author)
  }

  /// Each disk has its share in the limits of a running VM.
  nonisolated(nonsending) private func followDisks(_ operation: PendingOperation) async {
    switch operation {
    case .attachDisk, .detachDisk:
      do throws(Failure) { try await limits.limitDevices() } catch {
        run?.warnings.set(
          Warning(
            id: "limit.follow", part: .limit, cause: "limits do not follow its disks: \(error.cause)",
            remedy: error.remedy, isLasting: true))
        reporter.log(.error, "\(error)", by: .current)
      }
    default: break
    }
  }
}

extension PendingOperation {
  /// What events of it are about.
  fileprivate var eventKind: EventKind {
    if case .save = self { .operation } else { isOfImages ? .snapshot : .operation }
  }

  /// What images may have of it when it has failed.
  fileprivate var madeSnapshot: Snapshot? {
    switch self {
    case .createSnapshot(let snapshot): snapshot
    case .save(let save): save.snapshot.disks.isEmpty ? nil : save.snapshot
    default: nil
    }
  }
}
