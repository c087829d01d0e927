import Failure
import FoundationEssentials
import Hypervisor
import Life
import Storage
import VMSpec

/// What somebody wants of a new snapshot.
package struct SnapshotOrder: Sendable {
  package var name: String
  package var description: String
  /// Without the memory of a guest that runs.
  package var isDiskOnly: Bool
  /// With file systems frozen, where the memory does not come along.
  package var quiesces: Bool
  /// Whether nobody knows yet that the file systems stay frozen for it.
  var isUnproven = false
  /// What it has to be at least; nil: whatever it is.
  package var required: Snapshot.Consistency?

  package init(
    name: String, description: String = "", isDiskOnly: Bool = false, quiesces: Bool = false,
    required: Snapshot.Consistency? = nil
  ) {
    self.name = name
    self.description = description
    self.isDiskOnly = isDiskOnly
    self.quiesces = quiesces
    self.required = required
  }
}

/// Snapshots that are made, put back to, and deleted.
extension VMDevices {
  /// Makes a snapshot of all disks that are written: with memory if the guest runs or is paused, unless only disks are
  /// wanted.
  nonisolated(nonsending) func createSnapshot(_ order: SnapshotOrder) async throws(Failure) -> Snapshot {
    var made: Snapshot?
    try await operate(Self.creation, of: .disk) { () async throws(Failure) in
      let snapshot = try await self.planSnapshot(order)
      made = snapshot
      return Change(record: self.record, operation: .createSnapshot(snapshot))
    }
    guard let made else {
      throw Failure(.internal, part: .disk, operation: Self.creation, object: name, cause: "nothing was made")
    }
    return made
  }

  private static let creation = "create snapshot"

  /// What would become of an order now.
  /// - Throws: why it cannot be had.
  nonisolated(nonsending) func planSnapshot(_ order: SnapshotOrder) async throws(Failure) -> Snapshot {
    let tree = record.snapshots ?? SnapshotTree()
    try tree.check(name: order.name, description: order.description, of: name)
    let hasMemory = life.state.hasProcess && !order.isDiskOnly
    // One that does not run has no file systems to freeze, and nobody knows how it left them.
    let freezes = order.quiesces && life.state.hasProcess
    let had: Snapshot.Consistency = hasMemory ? .memory : freezes ? .filesystem : .crash
    if let required = order.required, had < required { throw isTooLittle(had, required) }
    if hasMemory, record.freeze != nil {
      throw Failure(
        .state, part: .disk, operation: Self.creation, object: name,
        cause: "its file systems are frozen, and would be in the memory for ever",
        remedy: "thaw them first (vmsupervisor thaw \(name)), or leave the memory out: disk_only (--disk-only)")
    }
    if hasMemory, let former = record.copiedFrom {
      throw Failure(
        .state, part: .disk, operation: Self.creation, object: name,
        cause: "its guest has not been told yet that it is not \(former), which would be in the memory for ever",
        remedy: "wait until its agent has answered (vmsupervisor wait \(name) --state agent), or leave the memory out: "
          + "disk_only (--disk-only)")
    }
    let disks = try await snapshotDisks(Self.creation, hasMemory: hasMemory)
    return Snapshot(
      id: RecordID.random().wrappedValue, name: order.name, description: order.description, createdAt: Date(),
      parent: tree.current, state: life.state, consistency: order.isUnproven ? min(had, .crash) : had, disks: disks,
      hardware: hasMemory ? try await hardware() : nil)
  }

  private func isTooLittle(_ had: Snapshot.Consistency, _ required: Snapshot.Consistency) -> Failure {
    Failure(
      .state, part: .disk, operation: Self.creation, object: "\(name): require",
      cause: "this snapshot would have the consistency \(had.rawValue), and \(required.rawValue) is required",
      remedy: life.state.hasProcess
        ? "take the memory along: leave out disk_only (--disk-only)"
          + (required == .filesystem ? ", or have file systems frozen: quiesce" : "")
        : "start the VM, whose memory is part of it then")
  }

  /// Puts a VM that does not run back to a snapshot. What its disks have now is lost.
  /// - Parameter disksOnly: whether it boots at its next start, also where the snapshot has memory.
  nonisolated(nonsending) func revertSnapshot(_ reference: String, disksOnly: Bool) async throws(Failure) {
    let operation = "revert to snapshot"
    try await operate(operation, of: .disk, isRevert: true) { () async throws(Failure) in
      if self.life.state.hasProcess {
        throw self.losesPresent("\(self.name): \(try self.snapshot(reference, operation).name)")
      }
      return try await self.planRevert(reference, disksOnly: disksOnly)
    }
  }

  /// Refuses what could not be put back to, for a VM that is to be ended for it.
  nonisolated(nonsending) func checkRevert(_ reference: String, disksOnly: Bool) async throws(Failure) {
    _ = try await planRevert(reference, disksOnly: disksOnly)
  }

  nonisolated(nonsending) private func planRevert(
    _ reference: String, disksOnly: Bool
  ) async throws(Failure) -> Change {
    let operation = "revert to snapshot"
    let snapshot = try snapshot(reference, operation)
    let object = "\(name): \(snapshot.name)"
    if snapshot.isGoing == true {
      throw Failure(
        .state, part: .disk, operation: operation, object: object, cause: "it is deleted in part",
        remedy: "delete it: vmsupervisor snapshot delete \(name) \(snapshot.name)")
    }
    let open = try await machine?.snapshots() ?? [:]
    var record = record
    record.wake = nil
    for disk in snapshot.disks {
      guard let index = position(of: disk), !record.spec.disks[index].readonly else {
        throw Failure(
          .state, part: .disk, operation: operation, object: "\(object): \(disk.name)",
          cause: "the VM does not have this disk any more, or cannot write it",
          remedy: "attach it again: vmsupervisor disk attach \(name) --name \(disk.name) --path \(imagePath(of: disk))")
      }
      let tags: Set<String>
      if let known = open[.disk(record.devices.disks[index].number)] {
        tags = known
      } else {
        tags = try await closedTags(disk)
      }
      guard tags.contains(snapshot.id) else {
        throw Failure(
          .state, part: .disk, operation: operation, object: imagePath(of: disk),
          cause: "the image does not have this snapshot any more",
          remedy: "bring back the image that has it, or delete the snapshot")
      }
      if record.spec.disks[index].size != nil { record.spec.disks[index].size = disk.size }
    }
    if !disksOnly, let needed = snapshot.hardware {
      try checkHardware(needed, try await hardware(like: needed), operation, object)
    }
    return Change(
      record: record, operation: .revertSnapshot(id: snapshot.id, name: snapshot.name, disksOnly: disksOnly))
  }

  /// Removes a snapshot; those that came from it come from its parent then.
  nonisolated(nonsending) func deleteSnapshot(_ reference: String) async throws(Failure) {
    let operation = "delete snapshot"
    try await operate(operation, of: .disk) { () throws(Failure) in
      let snapshot = try self.snapshot(reference, operation)
      if self.record.wake?.snapshot == snapshot.id, !self.life.state.hasProcess {
        throw Failure(
          .state, part: .disk, operation: operation, object: "\(self.name): \(snapshot.name)",
          cause: "the VM was put back to it, and its next start goes on from its memory",
          remedy: "start the VM first, or let it boot instead: "
            + "vmsupervisor snapshot revert --disks-only \(self.name) \(snapshot.name)")
      }
      var record = self.record
      record.snapshots?.doom(snapshot.id)
      return Change(record: record, operation: .deleteSnapshot(id: snapshot.id, name: snapshot.name))
    }
  }

  // MARK: what is refused

  private func snapshot(_ reference: String, _ operation: String) throws(Failure) -> Snapshot {
    if let found = record.snapshots?.find(reference) { return found }
    let names = (record.snapshots?.all ?? []).map(\.name)
    throw Failure(
      .notFound, part: .disk, operation: operation, object: "\(name): \(reference)",
      cause: names.isEmpty ? "the VM has no snapshots" : "the VM has no such snapshot",
      remedy: names.isEmpty ? "" : "see those that it has: vmsupervisor snapshot list \(name)")
  }

  private func losesPresent(_ object: String) -> Failure {
    Failure(
      .state, part: .state, operation: "revert to snapshot", object: object,
      cause: "the VM is \(life.state.rawValue), and its present state would be lost",
      remedy: "stop it first, or say that this may be lost: force (--force)")
  }

  /// The disks that are written, all of which have to be able to take a snapshot.
  nonisolated(nonsending) private func snapshotDisks(
    _ operation: String, hasMemory: Bool
  ) async throws(Failure) -> [Snapshot.Disk] {
    let open = try await machine?.snapshots()
    var disks: [Snapshot.Disk] = []
    for (index, disk) in record.spec.disks.enumerated() where !disk.readonly {
      let (own, number) = (disk.effectiveName(at: index), record.devices.disks[index].number)
      let object = "\(name): \(own)"
      guard disk.format == .qcow2 else {
        throw Failure(
          .state, part: .disk, operation: operation, object: object,
          cause: "its format is \(disk.format.rawValue), which cannot take a snapshot",
          remedy: "give the VM a qcow2 image instead: qemu-img convert -O qcow2; or make the disk read only")
      }
      guard let size = try await diskSize(index) else {
        throw Failure(
          .state, part: .disk, operation: operation, object: object, cause: "its image is made by the first start",
          remedy: "start the VM once")
      }
      if let open, open[.disk(number)] == nil {
        throw Failure(
          .state, part: .disk, operation: operation, object: object, cause: "the guest has let go of it",
          remedy: "detach it, or stop and start the VM")
      }
      disks.append(
        Snapshot.Disk(
          name: own, number: number, path: disk.path ?? paths.disk(disk.fileName(at: index)), size: size, spec: disk))
    }
    if disks.isEmpty {
      throw Failure(
        .state, part: .disk, operation: operation, object: name,
        cause: hasMemory
          ? "it has no disk whose image could take the memory" : "it has no disk that is written",
        remedy: "give it a disk: vmsupervisor disk attach \(name) --size 1GiB")
    }
    return disks
  }
}
