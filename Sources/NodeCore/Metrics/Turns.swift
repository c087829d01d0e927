import Linux

/// Who is read next, where reading all at every collection would cost too much: each time as many take their turn as fit
/// into a part of the interval, and those that come first do not keep the others from theirs.
struct Turns {
  private var next = 0

  /// Reads some of the VMs that have a process.
  /// - Parameters:
  ///   - budget: microseconds that may be used; one VM is always read.
  ///   - read: nil if there is nothing to be read of it.
  mutating func take<Reading>(
    _ summaries: [VMSummary], budget: UInt64, _ read: (VMSummary, VMSummary.Run) -> Reading?
  ) -> [String: Reading] {
    var readings: [String: Reading] = [:]
    let start = Clock.microseconds()
    for _ in summaries.indices {
      if next >= summaries.count { next = 0 }
      let summary = summaries[next]
      next += 1
      guard let run = summary.run else { continue }
      guard readings.isEmpty || Clock.microseconds() - start < budget else {
        next -= 1
        break
      }
      if let reading = read(summary, run) { readings[summary.id] = reading }
    }
    return readings
  }
}
