import Failure
import FoundationEssentials
import Hypervisor
import Life
package import Storage
import VMSpec

/// What is to be saved of a VM, and where.
package struct SaveOrder: Sendable {
  package var place: SavePlace
  /// Whether the administrator's folder is made where it is missing.
  package var makesRoot: Bool
  /// Without the memory of a guest that runs.
  package var isDiskOnly: Bool

  package init(place: SavePlace, makesRoot: Bool, isDiskOnly: Bool) {
    self.place = place
    self.makesRoot = makesRoot
    self.isDiskOnly = isDiskOnly
  }
}

/// A VM that is saved: what is refused before anything happens.
extension VMDevices {
  static let saving = "save"

  /// Saves the VM into a folder, which is whole then.
  nonisolated(nonsending) func save(_ order: SaveOrder) async throws(Failure) -> SaveManifest {
    try await operate(Self.saving, of: .disk) { () async throws(Failure) in
      Change(record: self.record, operation: .save(try await self.planSave(order)))
    }
    let folder = SaveFolder(order.place)
    return try await queue.run { () throws(Failure) in try SaveManifest.of(folder, Self.saving) }
  }

  nonisolated(nonsending) private func planSave(_ order: SaveOrder) async throws(Failure) -> PendingSave {
    func refusal(_ object: String, _ cause: String, _ remedy: String) -> Failure {
      Failure(.state, part: .disk, operation: Self.saving, object: object, cause: cause, remedy: remedy)
    }
    if record.wake != nil, !life.state.hasProcess {
      throw refusal(
        name, "its next start goes on from a memory, which would not be saved",
        "start it first, or let it boot: vmsupervisor snapshot revert --disks-only")
    }
    let hasMemory = life.state.hasProcess && !order.isDiskOnly
    if hasMemory {
      if record.freeze != nil {
        throw refusal(
          name, "its file systems are frozen, and would be in the memory for ever",
          "thaw them first (vmsupervisor thaw \(name)), or leave the memory out: disks_only (--disks-only)")
      }
      // One that stands has to stand afterwards too, and a hypervisor that has given its memory away has not its disks.
      guard let machine, try await machine.condition() == .running else { throw Self.stands(name) }
    }
    let snapshot = Snapshot(
      id: RecordID.random().wrappedValue, name: "", description: "", createdAt: Date(), parent: nil, state: life.state,
      consistency: hasMemory ? .memory : .crash, disks: try await disksToSave(),
      hardware: hasMemory ? try await hardware() : nil)
    let folder = SaveFolder(order.place)
    try await queue.run { () throws(Failure) in try folder.check(makesRoot: order.makesRoot, Self.saving) }
    try await checkRoom(snapshot, order.place)
    // Asked for while this was looked at. From here on until it is written down that the memory is saved nothing comes between.
    if hasMemory, life.state != .running || record.request?.kind == .pause { throw Self.stands(name) }
    return PendingSave(snapshot: snapshot, place: order.place)
  }

  static func stands(_ name: String) -> Failure {
    Failure(
      .state, part: .disk, operation: saving, object: name,
      cause: "its guest does not run, and only of one that runs the memory is saved",
      remedy: "let it go on (vmsupervisor resume \(name)), or leave the memory out: disks_only (--disks-only)")
  }

  /// The disks that are written. Of a guest that runs they have to be able to take a snapshot, from which they are copied.
  nonisolated(nonsending) private func disksToSave() async throws(Failure) -> [Snapshot.Disk] {
    let open = try await machine?.snapshots()
    var disks: [Snapshot.Disk] = []
    for (index, disk) in record.spec.disks.enumerated() {
      let (own, number) = (disk.effectiveName(at: index), record.devices.disks[index].number)
      func refusal(_ cause: String, _ remedy: String) -> Failure {
        Failure(
          .state, part: .disk, operation: Self.saving, object: "\(name): \(own)", cause: cause, remedy: remedy)
      }
      if disk.readonly {
        guard disk.path != nil, disk.pool == nil else {
          throw refusal(
            "it is read only, and its image goes with the VM", "give the VM an image with a place of its own instead")
        }
        continue
      }
      guard let size = try await diskSize(index) else {
        throw refusal("its image is made by the first start", "start the VM once")
      }
      if life.state.hasProcess {
        guard disk.format == .qcow2 else {
          throw refusal(
            "its format is \(disk.format.rawValue), which cannot be copied while the guest writes it",
            "stop the VM first, or give it a qcow2 image instead: qemu-img convert -O qcow2")
        }
        if let open, open[.disk(number)] == nil {
          throw refusal("the guest has let go of it", "detach it, or stop and start the VM")
        }
      }
      disks.append(
        Snapshot.Disk(
          name: own, number: number, path: disk.path ?? paths.disk(disk.fileName(at: index)), size: size, spec: disk))
    }
    return disks
  }

  /// Refuses what cannot fit: images with everything that they have written, and the memory.
  nonisolated(nonsending) private func checkRoom(_ snapshot: Snapshot, _ place: SavePlace) async throws(Failure) {
    let paths = snapshot.disks.map { imagePath(of: $0) }
    let memory = snapshot.hardware?.memory ?? 0
    let (needed, free) = await queue.run { () -> (UInt64, UInt64?) in
      (
        PoolRoom.sum(paths.map { FileSpace.written($0) } + [memory]),
        FileSystemSpace("saves", path: place.root)?.freeBytes
      )
    }
    guard let free, free < needed else { return }
    throw Failure(
      .exhausted, part: .disk, operation: Self.saving, object: place.path,
      cause: "it may need \(Size.text(needed)), and its file system has \(Size.text(free)) left",
      remedy: "make room there, or use a folder on another file system")
  }
}
