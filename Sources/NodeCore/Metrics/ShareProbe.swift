import Linux

/// Reads the proportional memory of hypervisors. The kernel walks all their pages for it, about a millisecond for a
/// guest, so each time only as many take their turn as fit into a small part of the interval.
struct ShareProbe {
  private var turns = Turns()

  /// Reads some, those first whose turn it is.
  /// - Parameter budget: microseconds that may be used; one VM is always read.
  mutating func read(_ summaries: [VMSummary], budget: UInt64) -> [String: UInt64] {
    turns.take(summaries, budget: budget) { Self.share(of: $1.pid) }
  }

  /// Bytes, from `/proc/PID/smaps_rollup`; nil if there is no such process or it is not ours to look into.
  private static func share(of pid: Int32) -> UInt64? {
    guard let bytes = try? Files.read("/proc/\(pid)/smaps_rollup", limit: 1 << 14) else { return nil }
    return share(in: bytes)
  }

  /// The number of the line `Pss:`, which is in kB.
  static func share(in bytes: [UInt8]) -> UInt64? {
    let key = Array("Pss:".utf8)
    for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: key) {
      let words = line.dropFirst(key.count).split(separator: UInt8(ascii: " "))
      return words.first.flatMap { UInt64(String(decoding: $0, as: UTF8.self)) }.map { $0 &* 1024 }
    }
    return nil
  }
}
