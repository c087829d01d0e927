import NodeAPI
import VMSpec

/// The result of `disk list`: disks and CD drives.
struct DisksView: Encodable, Sendable {
  var schema = Document.schema
  var vm: String
  var disks: [Disk]
  var cdroms: [Drive]

  struct Disk: Encodable, Hashable, Sendable {
    var name: String
    var path: String
    var format: String
    var bus: String
    var readonly: Bool
    /// As in the specification; 0 if only the image says it.
    var sizeBytes: UInt64
    var detachable: Bool

    enum CodingKeys: String, CodingKey {
      case name, path, format, bus, readonly, detachable
      case sizeBytes = "size_bytes"
    }
  }

  struct Drive: Encodable, Hashable, Sendable {
    var name: String
    /// Empty: nothing is in it.
    var path: String
  }

  init(_ status: Limiquantix_Node_V1_VMStatusResponse) {
    vm = status.commandName
    disks = status.disks.map { disk in
      Disk(
        name: disk.name, path: disk.path, format: disk.format, bus: disk.bus, readonly: disk.readonly,
        sizeBytes: disk.sizeBytes, detachable: disk.detachable)
    }
    cdroms = status.cdroms.map { Drive(name: $0.name, path: $0.path) }
  }

  /// One line per disk and drive.
  func text(headings: Bool) -> String {
    var table = Table(headings: ["NAME", "SIZE", "FORMAT", "BUS", "ACCESS", "WHILE RUNNING", "IMAGE"])
    table.rows = disks.map { disk in
      [
        disk.name, disk.sizeBytes == 0 ? "" : Size.text(disk.sizeBytes), disk.format,
        disk.bus, disk.readonly ? "read" : "read, write", disk.detachable ? "detachable" : "fixed", disk.path,
      ]
    }
    table.rows += cdroms.map { [$0.name, "", "iso", "scsi", "read", $0.path.isEmpty ? "empty" : "removable", $0.path] }
    return table.text(headings: headings)
  }

  /// One disk a line.
  func names() -> String { disks.map { "\($0.name)\n" }.joined() }
}
