import Linux
import NodeAPI
package import NodeCore

extension Limiquantix_Node_V1_GroupUsage {
  /// What was read of the VM's group last; nil if nothing was.
  package init?(_ sample: VMSample) {
    guard let group = sample.readings.group else { return nil }
    self.init()
    let counters = group.counters
    if let counted = counters.throttling {
      throttling = .with {
        $0.periods = counted.periods
        $0.throttledPeriods = counted.throttledPeriods
        $0.throttledSeconds = Double(counted.time) / 1e6
        if let percent = sample.rates.throttledPercent { $0.throttledPercent = percent }
      }
    }
    if let charge = counters.memory { memory = .init(charge) }
    if let count = counters.tasks { tasks = count }
    disks = (group.disks ?? []).map { disk in
      .with {
        $0.device = disk.name
        $0.readBytes = disk.traffic.readBytes
        $0.writeBytes = disk.traffic.writtenBytes
        $0.reads = disk.traffic.reads
        $0.writes = disk.traffic.writes
      }
    }
    if let pressure = counters.processorPressure { cpuPressure = .init(pressure) }
    if let pressure = counters.memoryPressure { memoryPressure = .init(pressure) }
    if let pressure = counters.ioPressure { ioPressure = .init(pressure) }
  }
}

extension Limiquantix_Node_V1_MemoryCharge {
  fileprivate init(_ charge: Cgroup.MemoryCharge) {
    self.init()
    bytes = charge.bytes
    if let peak = charge.peak { peakBytes = peak }
    if let counted = charge.events {
      events = .with {
        $0.high = counted.high
        $0.max = counted.max
        $0.oom = counted.outOfMemory
        $0.oomKill = counted.kills
      }
    }
  }
}

extension Limiquantix_Node_V1_Pressure {
  fileprivate init(_ pressure: Cgroup.Pressure) {
    self.init()
    some = .init(pressure.some)
    if let stall = pressure.full { full = .init(stall) }
  }
}

extension Limiquantix_Node_V1_Pressure.Stall {
  fileprivate init(_ stall: Cgroup.Pressure.Stall) {
    self.init()
    seconds = Double(stall.time) / 1e6
    percent = Double(stall.recent) / 100
  }
}
