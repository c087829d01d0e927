/// Rates of one run of a VM: what two readings differ in, by the time between them. Nil until there are two.
package struct VMRates: Hashable, Sendable {
  /// 100 is one processor of the host.
  package var cpuPercent: Double?
  /// The same of each virtual processor, in their order.
  package var vcpuPercent: [Double] = []
  /// Of 100 allotment periods of processor time, those in which the quota was used up; 0 without quota.
  package var throttledPercent: Double?
  package var diskReadBytes: Double?
  package var diskWriteBytes: Double?
  package var diskReads: Double?
  package var diskWrites: Double?
  package var receivedBytes: Double?
  package var transmittedBytes: Double?

  /// Takes in newer readings; what was not read again keeps its rate.
  mutating func update(from old: Readings, to new: Readings) {
    if let before = old.process, let after = new.process, after.at > before.at { processors(before, after) }
    if let before = old.group, let after = new.group, after.at > before.at { throttling(before, after) }
    if let before = old.drives, let after = new.drives, after.at > before.at { disks(before, after) }
    if let before = old.cards, let after = new.cards, after.at > before.at { network(before, after) }
  }

  private mutating func processors(_ before: ProcessReading, _ after: ProcessReading) {
    let time = after.at - before.at
    cpuPercent = Self.perSecond(before.cpu, after.cpu, in: time).map { $0 / 10_000 }
    vcpuPercent = after.vcpus.map { processor in
      let earlier = before.vcpus.first { $0.index == processor.index }?.cpu ?? processor.cpu
      return (Self.perSecond(earlier, processor.cpu, in: time) ?? 0) / 10_000
    }
  }

  private mutating func throttling(_ before: GroupReading, _ after: GroupReading) {
    guard let old = before.counters.throttling, let new = after.counters.throttling, new.periods >= old.periods,
      new.throttledPeriods >= old.throttledPeriods
    else { return throttledPercent = nil }
    let periods = new.periods - old.periods
    throttledPercent = periods == 0 ? 0 : 100 * Double(new.throttledPeriods - old.throttledPeriods) / Double(periods)
  }

  private mutating func disks(_ before: DriveReading, _ after: DriveReading) {
    let time = after.at - before.at
    func rate(_ count: (DriveCounters) -> UInt64) -> Double? {
      Self.perSecond(before.drives.total(count), after.drives.total(count), in: time)
    }
    diskReadBytes = rate(\.readBytes)
    diskWriteBytes = rate(\.writtenBytes)
    diskReads = rate(\.reads)
    diskWrites = rate(\.writes)
  }

  private mutating func network(_ before: CardReading, _ after: CardReading) {
    let time = after.at - before.at
    receivedBytes = Self.perSecond(
      before.cards.total(\.counters.received.bytes), after.cards.total(\.counters.received.bytes), in: time)
    transmittedBytes = Self.perSecond(
      before.cards.total(\.counters.transmitted.bytes), after.cards.total(\.counters.transmitted.bytes), in: time)
  }

  /// Nil if the counter has begun again: a drive or card was taken out.
  /// - Parameter time: microseconds, not 0.
  package static func perSecond(_ before: UInt64, _ after: UInt64, in time: UInt64) -> Double? {
    after < before || time == 0 ? nil : Double(after - before) * 1e6 / Double(time)
  }
}

extension Sequence {
  /// The sum of a counter over all of them; wraps where a counter would.
  package func total(_ count: (Element) -> UInt64) -> UInt64 { reduce(0) { $0 &+ count($1) } }
}
