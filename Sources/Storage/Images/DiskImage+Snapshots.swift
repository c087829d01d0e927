package import Failure
import Linux
package import VMSpec

/// Snapshots in images that no hypervisor has open.
extension DiskImage {
  /// What is done with a snapshot; the letter is that of `qemu-img snapshot`.
  package enum SnapshotWork: String, Sendable {
    case make = "-c"
    case apply = "-a"
    case remove = "-d"

    /// What `qemu-img` is asked, for the file that it is given.
    func order(_ name: String) -> ToolWork {
      // By the descriptor that was looked at, and nothing below it, whatever its header says.
      let node =
        #"json:{"driver":"qcow2","backing":null,"file":{"driver":"file","filename":"/proc/self/fd/\#(Tool.file)"}}"#
      return ToolWork(arguments: ["snapshot", "-q", rawValue, name, node])
    }

    var operation: String {
      switch self {
      case .make: "make snapshot in image"
      case .apply: "put image back to snapshot"
      case .remove: "remove snapshot from image"
      }
    }
  }

  /// Names of the snapshots that an image has.
  /// - Throws: why it cannot be read.
  package static func snapshots(_ disk: DiskSpec, _ path: String) throws(Failure) -> Set<String> {
    guard disk.format == .qcow2 else { return [] }
    var reading = disk
    reading.readonly = true
    let file = try open(reading, path, "disk \(disk.name ?? "")")
    return Set(try SnapshotTable.read(file.raw, path))
  }

  /// Makes, applies or removes a snapshot. Blocks.
  package static func snapshot(
    _ work: SnapshotWork, _ name: String, _ disk: DiskSpec, _ path: String, by tools: some ToolRunner
  ) throws(Failure) {
    let file = try open(disk, path, "disk \(disk.name ?? "")")
    try tools.run(
      .qemuImage, work.order(name), operation: work.operation,
      object: path, file: file.raw)
  }
}
