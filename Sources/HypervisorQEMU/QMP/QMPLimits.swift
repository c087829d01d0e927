package import Failure
package import Hypervisor
package import Text

/// What a running guest may take of disks and memory (QAPI: `block.json`, `machine.json`).
extension QMPClient {
  /// The throttles of all disks that have a device, by the name that `setThrottle` wants (`query-block`).
  package func throttles() async throws(Failure) -> [BlockThrottle] {
    BlockThrottle.list(try await execute("query-block"))
  }

  /// Sets what a disk may do per second (`block_set_io_throttle`).
  package func setThrottle(_ throttle: BlockThrottle) async throws(Failure) {
    try await execute(
      "block_set_io_throttle",
      arguments: [
        "id": .string(throttle.device), "iops": .integer(Int64(clamping: throttle.operations)), "iops_rd": 0,
        "iops_wr": 0, "bps": .integer(Int64(clamping: throttle.bytes)), "bps_rd": 0, "bps_wr": 0,
      ])
  }

  /// Asks the guest to keep no more than that many bytes (`balloon`). What it does then comes as an event.
  package func setBalloon(_ bytes: UInt64) async throws(Failure) {
    try await execute("balloon", arguments: ["value": .integer(Int64(clamping: bytes))])
  }
}

/// What a disk may do per second, reads and writes together; 0 is no limit.
package struct BlockThrottle: Hashable, Sendable {
  /// QEMU's name of the device: its id, or the path of the part of it that holds the disk.
  package var device: String
  /// Reads and writes.
  package var operations: UInt64
  /// Bytes.
  package var bytes: UInt64

  /// Makes a throttle.
  package init(device: String, operations: UInt64, bytes: UInt64) {
    self.device = device
    self.operations = operations
    self.bytes = bytes
  }

  /// Reads the answer to `query-block`.
  package static func list(_ answer: JSON) -> [BlockThrottle] {
    (answer.array ?? []).compactMap { entry in
      guard let device = entry["qdev"]?.string, let inserted = entry["inserted"] else { return nil }
      func count(_ key: String) -> UInt64 { UInt64(max(0, inserted[key]?.integer ?? 0)) }
      return BlockThrottle(device: device, operations: count("iops"), bytes: count("bps"))
    }
  }

  /// The same for those who know of no QEMU; nil if its device is no disk or drive.
  package var rate: DiskRate? {
    QEMUCommand.id(ofPath: device).flatMap(QEMUCommand.device(id:)).map {
      DiskRate(device: $0, operations: operations, bytes: bytes)
    }
  }
}
