package import Failure
package import Hypervisor
package import Text

/// A guest's read or write that failed, as QEMU tells it: while it happens (`BLOCK_IO_ERROR`), or afterwards (`io-status`
/// of `query-block`). The machine stands still then, because its drives have `policy`.
extension DiskError {
  /// What QEMU is told for every drive: a guest that cannot write is halted with its memory kept, instead of being told of
  /// an error from which no file system recovers.
  package static let policy: [String: JSON] = ["werror": "stop", "rerror": "stop"]

  /// Details of the event; nil if the machine goes on in spite of it, or it is of no disk or drive.
  package init?(event data: JSON) {
    guard data["action"]?.string == "stop",
      let device = data["node-name"]?.string.flatMap({ QEMUCommand.device(node: $0) })
    else { return nil }
    self.init(
      device: device, isWrite: data["operation"]?.string.map { $0 == "write" },
      hasNoSpace: data["nospace"]?.bool ?? false, reason: data["reason"]?.string ?? "")
  }

  /// An entry of `query-block`; nil if its drive is well.
  package init?(drive entry: JSON) {
    guard let status = entry["io-status"]?.string, status != "ok",
      let device = entry["inserted"]?["node-name"]?.string.flatMap({ QEMUCommand.device(node: $0) })
    else { return nil }
    self.init(device: device, isWrite: nil, hasNoSpace: status == "nospace", reason: "")
  }
}

extension QMPClient {
  /// The drives whose last read or write failed (`query-block`), as far as QEMU remembers.
  package func failedDrives() async throws(Failure) -> [DiskError] {
    try Self.elements(await execute("query-block")).compactMap { DiskError(drive: $0) }
  }
}
