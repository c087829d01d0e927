package import Failure
package import Hypervisor
package import Text

/// What is asked of a running machine again and again (QAPI: `block-core.json`, `machine.json`, `qom.json`).
extension QMPClient {
  /// Counters of each disk (`query-blockstats`).
  package func queryBlockStats(timeout: Duration = QMPClient.usualTimeout) async throws(Failure) -> [BlockStats] {
    try BlockStats.list(await execute("query-blockstats", arguments: ["query-nodes": false], timeout: timeout))
  }

  /// Bytes that the guest has of its memory (`query-balloon`).
  package func queryBalloon(timeout: Duration = QMPClient.usualTimeout) async throws(Failure) -> UInt64 {
    guard let bytes = try await execute("query-balloon", timeout: timeout)["actual"]?.integer, bytes >= 0 else {
      throw Self.malformed("query-balloon")
    }
    return UInt64(bytes)
  }

  private static let balloonPath = JSON.string("/machine/peripheral/\(QEMUCommand.balloon)")

  /// Lets the guest report its memory every so many seconds; each report wakes it. Until then `guestStats` has nothing.
  package func pollGuestStats(every seconds: Int, timeout: Duration = QMPClient.usualTimeout) async throws(Failure) {
    try await execute(
      "qom-set",
      arguments: [
        "path": Self.balloonPath, "property": "guest-stats-polling-interval", "value": .integer(Int64(seconds)),
      ], timeout: timeout)
  }

  /// Memory as the guest has reported it last (`guest-stats` of the balloon); nil before its first report.
  package func guestStats(timeout: Duration = QMPClient.usualTimeout) async throws(Failure) -> GuestStats? {
    GuestStats(
      try await execute(
        "qom-get", arguments: ["path": Self.balloonPath, "property": "guest-stats"], timeout: timeout))
  }
}

/// Counters of one disk since the start of the process.
package struct BlockStats: Hashable, Sendable {
  /// Path of the guest device.
  package var device: String
  /// Block node, `QEMUCommand.diskNode`.
  package var node: String
  /// Bytes read by the guest.
  package var readBytes: UInt64
  /// Bytes written by the guest.
  package var writtenBytes: UInt64
  /// Read requests.
  package var reads: UInt64
  /// Write requests.
  package var writes: UInt64
  /// Flush requests.
  package var flushes: UInt64

  /// Reads the answer to `query-blockstats`.
  package static func list(_ answer: JSON) throws(Failure) -> [BlockStats] {
    try QMPClient.elements(answer).map { entry in
      let stats = entry["stats"]
      func count(_ key: String) -> UInt64 { UInt64(max(0, stats?[key]?.integer ?? 0)) }
      return BlockStats(
        device: entry["qdev"]?.string ?? "", node: entry["node-name"]?.string ?? "", readBytes: count("rd_bytes"),
        writtenBytes: count("wr_bytes"), reads: count("rd_operations"), writes: count("wr_operations"),
        flushes: count("flush_operations"))
    }
  }

  /// The id of the guest device; nil if it is none that we made: the nodes of firmware.
  package var deviceID: String? { QEMUCommand.id(ofPath: device) }
}

extension GuestStats {
  /// Reads the property; nil before the first report: everything is there then, and nothing is true. What the guest does
  /// not report is the largest number, which does not fit.
  package init?(_ answer: JSON) {
    guard (answer["last-update"]?.integer ?? 0) > 0, let stats = answer["stats"] else { return nil }
    self.init()
    func bytes(_ key: String) -> UInt64? { stats[key]?.integer.flatMap { $0 < 0 ? nil : UInt64($0) } }
    total = bytes("stat-total-memory")
    available = bytes("stat-available-memory")
    free = bytes("stat-free-memory")
    caches = bytes("stat-disk-caches")
    swapIn = bytes("stat-swap-in")
    swapOut = bytes("stat-swap-out")
  }
}
