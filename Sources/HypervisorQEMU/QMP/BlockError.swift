package import Failure
package import Text

/// That a guest's read or write failed on the host, as QEMU tells it: while it happens (`BLOCK_IO_ERROR`), or afterwards
/// (`io-status` of `query-block`). The machine stands still then, because its drives have `werror=stop,rerror=stop`.
package struct BlockError: Hashable, Sendable {
  /// Block node, `QEMUCommand.diskNode` and the like.
  package var node: String
  /// Whether it was a write; nil if nobody remembers.
  package var isWrite: Bool?
  /// Whether there was no space left (ENOSPC).
  package var hasNoSpace: Bool
  /// The host's words for the error; empty if nobody remembers.
  package var reason: String

  /// What QEMU is told for every drive: a guest that cannot write is halted with its memory kept, instead of being told of
  /// an error from which no file system recovers.
  package static let policy = "werror=stop,rerror=stop"

  /// Details of the event; nil if the machine goes on in spite of it.
  package init?(event data: JSON) {
    guard data["action"]?.string == "stop", let node = data["node-name"]?.string else { return nil }
    self.node = node
    isWrite = data["operation"]?.string.map { $0 == "write" }
    hasNoSpace = data["nospace"]?.bool ?? false
    reason = data["reason"]?.string ?? ""
  }

  /// An entry of `query-block`; nil if its drive is well.
  package init?(drive entry: JSON) {
    guard let status = entry["io-status"]?.string, status != "ok",
      let node = entry["inserted"]?["node-name"]?.string
    else { return nil }
    self.node = node
    isWrite = nil
    hasNoSpace = status == "nospace"
    reason = ""
  }
}

extension QMPClient {
  /// The drives whose last read or write failed (`query-block`), as far as QEMU remembers.
  package func failedDrives() async throws(Failure) -> [BlockError] {
    try Self.elements(await execute("query-block")).compactMap { BlockError(drive: $0) }
  }
}
