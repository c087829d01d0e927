import NodeAPI
import Text

/// What the kernel has counted for the control group of a hypervisor, as `status` and `top` show it. What it does not
/// count is left out.
struct GroupView: Encodable, Hashable, Sendable {
  var cpuPeriods: UInt64?
  var cpuThrottledPeriods: UInt64?
  var cpuThrottledSeconds: Double?
  /// Of the periods between the last two readings.
  var cpuThrottledPercent: Double?
  var memoryBytes: UInt64?
  var memoryPeakBytes: UInt64?
  var memoryEvents: MemoryEvents?
  var tasks: UInt64?
  var disks: [Disk] = []
  var pressure: [String: Pressure] = [:]

  /// How often the limit of memory did something.
  struct MemoryEvents: Encodable, Hashable, Sendable {
    var high: UInt64
    var max: UInt64
    var oom: UInt64
    var oomKill: UInt64

    enum CodingKeys: String, CodingKey {
      case high, max, oom
      case oomKill = "oom_kill"
    }
  }

  /// Traffic with a disk of the host.
  struct Disk: Encodable, Hashable, Sendable {
    var device: String
    var readBytes: UInt64
    var writeBytes: UInt64
    var reads: UInt64
    var writes: UInt64

    enum CodingKeys: String, CodingKey {
      case device, reads, writes
      case readBytes = "read_bytes"
      case writeBytes = "write_bytes"
    }
  }

  /// How long threads had to wait for something.
  struct Pressure: Encodable, Hashable, Sendable {
    var someSeconds: Double
    /// Of the last ten seconds.
    var somePercent: Double
    var fullSeconds: Double?
    var fullPercent: Double?

    enum CodingKeys: String, CodingKey {
      case someSeconds = "some_seconds"
      case somePercent = "some_percent"
      case fullSeconds = "full_seconds"
      case fullPercent = "full_percent"
    }

    init(_ pressure: Limiquantix_Node_V1_Pressure) {
      someSeconds = pressure.some.seconds
      somePercent = pressure.some.percent
      if pressure.hasFull { (fullSeconds, fullPercent) = (pressure.full.seconds, pressure.full.percent) }
    }
  }

  enum CodingKeys: String, CodingKey {
    case cpuPeriods = "cpu_periods"
    case cpuThrottledPeriods = "cpu_throttled_periods"
    case cpuThrottledSeconds = "cpu_throttled_seconds"
    case cpuThrottledPercent = "cpu_throttled_percent"
    case memoryBytes = "memory_bytes"
    case memoryPeakBytes = "memory_peak_bytes"
    case memoryEvents = "memory_events"
    case tasks, disks, pressure
  }

  init(_ usage: Limiquantix_Node_V1_GroupUsage) {
    if usage.hasThrottling {
      let throttling = usage.throttling
      (cpuPeriods, cpuThrottledPeriods) = (throttling.periods, throttling.throttledPeriods)
      cpuThrottledSeconds = throttling.throttledSeconds
      cpuThrottledPercent = throttling.hasThrottledPercent ? throttling.throttledPercent : nil
    }
    if usage.hasMemory {
      let memory = usage.memory
      memoryBytes = memory.bytes
      memoryPeakBytes = memory.hasPeakBytes ? memory.peakBytes : nil
      if memory.hasEvents {
        let events = memory.events
        memoryEvents = MemoryEvents(high: events.high, max: events.max, oom: events.oom, oomKill: events.oomKill)
      }
    }
    tasks = usage.hasTasks ? usage.tasks : nil
    disks = usage.disks.map {
      Disk(device: $0.device, readBytes: $0.readBytes, writeBytes: $0.writeBytes, reads: $0.reads, writes: $0.writes)
    }
    if usage.hasCpuPressure { pressure["cpu"] = Pressure(usage.cpuPressure) }
    if usage.hasMemoryPressure { pressure["memory"] = Pressure(usage.memoryPressure) }
    if usage.hasIoPressure { pressure["io"] = Pressure(usage.ioPressure) }
  }
}

extension GroupView {
  /// Lines of `status VM`; what is as it should be, or not counted, has none.
  var facts: [(String, String)] {
    [("Throttled", throttled), ("Charged", charged), ("Disk I/O", traffic), ("Pressure", allPressure)]
  }

  /// `12 of 300 periods, 1.2s`; empty while no quota was used up.
  private var throttled: String {
    guard let cpuPeriods, let cpuThrottledPeriods, cpuThrottledPeriods > 0 else { return "" }
    return "\(cpuThrottledPeriods) of \(cpuPeriods) periods, \(Quantity.processorTime(cpuThrottledSeconds ?? 0))"
  }

  private var charged: String {
    var words: [String] = []
    if let memoryBytes {
      let peak = memoryPeakBytes.map { ", \(Quantity.bytes($0)) at most" } ?? ""
      words.append("\(Quantity.bytes(memoryBytes)) memory\(peak)")
    }
    if let events = memoryEvents {
      if events.max > 0 { words.append("at its limit \(Self.times(events.max))") }
      if events.oom > 0 { words.append("out of memory \(Self.times(events.oom))") }
      if events.oomKill > 0 { words.append("\(events.oomKill) killed") }
    }
    if let tasks { words.append("\(tasks) threads") }
    return words.joined(separator: ", ")
  }

  private static func times(_ count: UInt64) -> String { "\(count) time\(count == 1 ? "" : "s")" }

  private var traffic: String {
    disks.map { "\($0.device) \(Quantity.bytes($0.readBytes)) read, \(Quantity.bytes($0.writeBytes)) written" }
      .joined(separator: "; ")
  }

  /// `cpu 12%, io 3.0%`: what some thread waited for in the last ten seconds.
  private var allPressure: String {
    pressures.map { "\($0.name) \(Quantity.percent($0.percent))" }.joined(separator: ", ")
  }

  /// What is scarcest, in the same words; empty if nothing is.
  var greatestPressure: String {
    pressures.max { $0.percent < $1.percent }.map { "\($0.name) \(Quantity.percent($0.percent))" } ?? ""
  }

  private var pressures: [(name: String, percent: Double)] {
    ["cpu", "memory", "io"].compactMap { name in
      pressure[name].flatMap { $0.somePercent > 0 ? (name, $0.somePercent) : nil }
    }
  }
}
