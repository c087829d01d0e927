import Linux

/// Reads what the kernel has counted for the groups of hypervisors: nine files of each, 8 µs a file (measured), so that
/// many take turns.
struct GroupProbe {
  private var turns = Turns()
  /// Names of disks, which do not change while there are such disks.
  private var names: [BlockDevice: String] = [:]

  /// Reads some, those first whose turn it is.
  /// - Parameters:
  ///   - tree: nil where there are no groups; then nothing is read.
  ///   - budget: microseconds that may be used; one VM is always read.
  mutating func read(_ summaries: [VMSummary], in tree: CgroupTree?, budget: UInt64) -> [String: GroupReading] {
    guard let tree else { return [:] }
    let counted = turns.take(summaries, budget: budget) { summary, _ -> GroupReading? in
      // A group in which nothing has run is not where the hypervisor is: it could not be moved there.
      guard let counters = tree.group(summary.id).counters(tree.controllers), counters.processorTime > 0 else {
        return nil
      }
      return GroupReading(at: Clock.microseconds(), counters: counters)
    }
    return counted.mapValues { named($0) }
  }

  private mutating func named(_ reading: GroupReading) -> GroupReading {
    var reading = reading
    reading.disks = reading.counters.traffic?.map { traffic in
      let name = names[traffic.device] ?? traffic.device.name ?? "\(traffic.device)"
      names[traffic.device] = name
      return GroupReading.Disk(name: name, traffic: traffic)
    }
    return reading
  }
}
