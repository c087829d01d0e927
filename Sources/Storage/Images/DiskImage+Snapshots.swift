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
    let head = try NamedFile.read(file.raw, path, ImageHeader.length)
    guard let place = SnapshotTable.place(head) else { return [] }
    let rest = NamedFile.size(file.raw).map { $0 - min($0, place.offset) } ?? UInt64(SnapshotTable.longest)
    let table = try NamedFile.read(
      file.raw, path, from: place.offset, Int(min(rest, UInt64(SnapshotTable.longest))))
    guard let names = SnapshotTable.names(table, count: place.count) else {
      throw ImageHeader.refusal(path, "its table of snapshots is cut off", "repair it: qemu-img check -r all \(path)")
    }
    return Set(names)
  }

  /// Makes, applies or removes a snapshot. Blocks.
  package static func snapshot(
    _ work: SnapshotWork, _ name: String, _ disk: DiskSpec, _ path: String, by tools: some ToolRunner
  ) throws(Failure) {
    let file = try open(disk, path, "disk \(disk.name ?? "")")
    // By the descriptor that was looked at, and nothing below it, whatever its header says.
    let node =
      #"json:{"driver":"qcow2","backing":null,"file":{"driver":"file","filename":"/proc/self/fd/\#(Tool.file)"}}"#
    try tools.run(
      .qemuImage, .init(arguments: ["snapshot", "-q", work.rawValue, name, node]), operation: work.operation,
      object: path, file: file.raw)
  }
}
