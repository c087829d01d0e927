package import Failure
import Glibc
import Linux

/// Internal snapshots of volumes that nobody uses.
extension PoolFolder {
  /// Names of the snapshots in a volume.
  package func snapshots(of volume: Volume, _ operation: String) throws(Failure) -> [String] {
    guard volume.format == .qcow2 else { return [] }
    let file = try openFile(
      StoragePool.volumeFolder + "/" + Volume.fileName(volume.id, volume.format), O_RDONLY, operation)
    return try SnapshotTable.read(file.raw, volume.path)
  }

  /// Makes one. Blocks.
  /// - Parameter holders: who has the volume open is asked there.
  package func makeSnapshot(
    _ name: String, of volume: Volume, holders: ImageHolders, by tools: some ToolRunner, _ operation: String
  ) throws(Failure) {
    let object = "\(volume.id)@\(name)"
    guard volume.format == .qcow2 else {
      throw Failure(
        .state, part: .disk, operation: operation, object: object, cause: "the volume is raw, which has no snapshots",
        remedy: "clone it, or make a qcow2 volume of it")
    }
    guard try !snapshots(of: volume, operation).contains(name) else {
      throw Failure(
        .exists, part: .disk, operation: operation, object: object, cause: "a snapshot of that name already exists",
        remedy: "choose another snapshot_id")
    }
    let file = try openFile(
      StoragePool.volumeFolder + "/" + Volume.fileName(volume.id, volume.format), O_RDWR, operation)
    _ = try Self.imageSize(file.raw, volume.path, volume.format)
    try holders.check(file.raw, volume.path, "volume \(volume.id)", writing: true, for: "")
    try tools.run(
      .qemuImage, DiskImage.SnapshotWork.make.order(name), operation: operation,
      object: volume.path, file: file.raw)
  }
}
