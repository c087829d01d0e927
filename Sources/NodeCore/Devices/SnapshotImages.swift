import Failure
import Hypervisor
import Life
import Linux
import Storage

/// Snapshots where they are: in the images, through the hypervisor that has them open, or by a tool.
extension VMDevices {
  /// The disk of that snapshot as the VM has it now, by its position; nil if it was detached since.
  func position(of disk: Snapshot.Disk) -> Int? {
    let disks = record.spec.disks
    let path = imagePath(of: disk)
    return disks.indices.first { index in
      disks[index].effectiveName(at: index) == disk.name
        && (disks[index].path ?? paths.disk(disks[index].fileName(at: index))) == path
    }
  }

  /// Where its image is now: one of the VM's own moves with the folder of the VM.
  func imagePath(of disk: Snapshot.Disk) -> String {
    disk.spec.path ?? paths.disk(disk.path.split(separator: "/").last.map(String.init) ?? "")
  }

  /// Makes what is to become a snapshot.
  /// - Parameter again: whether that was begun before: then it is done, or what there is of it goes.
  nonisolated(nonsending) func makeSnapshot(_ snapshot: Snapshot, again: Bool) async throws(Failure) {
    if again {
      try await machine?.settleSnapshot(snapshot.id)
      if try await isWhole(snapshot) { return }
      try await dropSnapshot(snapshot)
      throw Failure(
        .unavailable, part: .disk, operation: "create snapshot", object: "\(name): \(snapshot.name)",
        cause: "supervisor or hypervisor ended while it was made, and what there was of it is removed",
        remedy: "create it again")
    }
    do throws(Failure) {
      if let machine {
        try await machine.saveSnapshot(
          snapshot.id, of: snapshot.disks.map { .disk($0.number) }, memory: snapshot.memoryDisk.map { .disk($0) })
      } else {
        for disk in snapshot.disks { try await work(.make, snapshot.id, disk) }
      }
    } catch {
      // A hypervisor that is gone has let go of its images: what is to be done is done when that is known.
      if error.code != .unavailable { try await dropSnapshot(snapshot) }
      var failure = error
      failure.object = "\(name): \(snapshot.name)"
      throw failure
    }
  }

  /// Whether all its disks have it. The memory is written before any of them.
  nonisolated(nonsending) private func isWhole(_ snapshot: Snapshot) async throws(Failure) -> Bool {
    let open = try await machine?.snapshots() ?? [:]
    for disk in snapshot.disks {
      let tags: Set<String>
      if let known = open[.disk(disk.number)] { tags = known } else { tags = try await closedTags(disk) }
      guard tags.contains(snapshot.id) else { return false }
    }
    return true
  }

  /// Puts all its disks back to a snapshot. Again is the same.
  nonisolated(nonsending) func applySnapshot(_ id: String) async throws(Failure) {
    guard let snapshot = record.snapshots?.find(id) else { return }
    if machine != nil {
      throw Failure(
        .state, part: .state, operation: "revert to snapshot", object: name, cause: "it runs meanwhile",
        remedy: "stop it first")
    }
    for disk in snapshot.disks { try await work(.apply, id, disk) }
  }

  /// Removes a snapshot that is one of the VM's.
  nonisolated(nonsending) func removeSnapshot(_ id: String) async throws(Failure) {
    guard let snapshot = record.snapshots?.find(id) else { return }
    try await machine?.settleSnapshot(id)
    try await removeTags(snapshot)
  }

  /// Removes what there is of a snapshot that has failed; what cannot be removed now is tried again later.
  nonisolated(nonsending) func dropSnapshot(_ snapshot: Snapshot) async throws(Failure) {
    do throws(Failure) { try await removeTags(snapshot) } catch {
      // Its hypervisor is gone: it is done again when that is known.
      if error.code == .unavailable { throw error }
      reporter.log(.error, "\(error)", by: .current)
      await keeper.keep { $0.leaveOver(snapshot) }
    }
  }

  /// Removes what is left in images of snapshots that were given up.
  nonisolated(nonsending) func dropLeftovers() async {
    for snapshot in record.snapshots?.leftovers ?? [] {
      do throws(Failure) {
        try await machine?.settleSnapshot(snapshot.id)
        try await removeTags(snapshot)
      } catch {
        reporter.log(.error, "\(error)", by: .supervisor)
        continue
      }
      await keeper.keep { record in
        guard var tree = record.snapshots else { return }
        let rest = (tree.leftovers ?? []).filter { $0.id != snapshot.id }
        tree.leftovers = rest.isEmpty ? nil : rest
        record.snapshots = tree.isEmpty ? nil : tree
      }
    }
  }

  /// Removes it from all images that have it. One that is not there any more has nothing.
  nonisolated(nonsending) private func removeTags(_ snapshot: Snapshot) async throws(Failure) {
    let open = try await machine?.snapshots() ?? [:]
    var closed: [Snapshot.Disk] = []
    var opened: [Device] = []
    for disk in snapshot.disks {
      let number = position(of: disk).map { record.devices.disks[$0].number }
      if let number, let tags = open[.disk(number)] {
        if tags.contains(snapshot.id) { opened.append(.disk(number)) }
      } else {
        closed.append(disk)
      }
    }
    if !opened.isEmpty { try await machine?.deleteSnapshot(snapshot.id, of: opened) }
    for disk in closed {
      let path = imagePath(of: disk)
      guard try await queue.run({ () throws(Failure) in Files.exists(path) }) else { continue }
      if try await closedTags(disk).contains(snapshot.id) { try await work(.remove, snapshot.id, disk) }
    }
  }

  /// Names of the snapshots in an image that our hypervisor does not have open.
  nonisolated(nonsending) func closedTags(_ disk: Snapshot.Disk) async throws(Failure) -> Set<String> {
    let path = imagePath(of: disk)
    return try await queue.run { () throws(Failure) in try DiskImage.snapshots(disk.spec, path) }
  }

  nonisolated(nonsending) private func work(
    _ work: DiskImage.SnapshotWork, _ id: String, _ disk: Snapshot.Disk
  ) async throws(Failure) {
    // Made twice it would be there twice.
    if work == .make, try await closedTags(disk).contains(id) { return }
    let (tools, path) = (tools, imagePath(of: disk))
    let files = try await Tool.qemuImage.files()
    try await queue.run { () throws(Failure) in
      try DiskImage.snapshot(work, id, disk.spec, path, by: EquippedToolRoom(room: tools, files: files))
    }
  }
}
