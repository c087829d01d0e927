package import Failure

extension Record {
  /// Notes that images may have something of a snapshot that was given up.
  mutating func leaveOver(_ snapshot: Snapshot) {
    var tree = snapshots ?? SnapshotTree()
    guard tree.leftovers?.contains(where: { $0.id == snapshot.id }) != true else { return }
    tree.leftovers = (tree.leftovers ?? []) + [snapshot]
    snapshots = tree
  }

  /// What the memory needs that it goes on from at its next start; nil if it boots.
  var wokenHardware: SnapshotHardware? {
    wake.flatMap { $0.saved ?? snapshots?.find($0.snapshot)?.hardware }
  }

  /// Why it cannot be started: what works on its images as a whole has not come to an end.
  package var imagesTrouble: Failure? {
    guard let operation = pendingOperation, operation.isOfImages else { return nil }
    let isHalf = operation.isRevert
    return Failure(
      .state, part: .disk, operation: "start", object: spec.name,
      cause: isHalf
        ? "its disks are being put back to a snapshot, or were so only in part" : "its images are being worked on",
      remedy: isHalf
        ? "wait, or bring back the image that is missing and revert to the snapshot again: vmsupervisor snapshot list \(spec.name)"
        : "try again in a moment")
  }

  /// What of its snapshots is not as it should be.
  package var snapshotTroubles: [Failure] {
    var troubles: [Failure] = []
    for one in snapshots?.all ?? [] where one.isGoing == true && pendingOperation == nil {
      troubles.append(
        Failure(
          .state, part: .disk, operation: "delete snapshot", object: "\(spec.name): \(one.name)",
          cause: "it is deleted in part, and of no use any more",
          remedy: "delete it again: vmsupervisor snapshot delete \(spec.name) \(one.name)"))
    }
    for one in snapshots?.leftovers ?? [] {
      troubles.append(
        Failure(
          .state, part: .disk, operation: "create snapshot", object: "\(spec.name): \(one.name)",
          cause: "it was given up, and some image still has what there is of it",
          remedy: "the next operation on disks or snapshots of the VM removes it"))
    }
    return troubles
  }
}
