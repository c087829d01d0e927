/// Limits of a group, in the units and forms of cgroup-v2.rst.
extension Cgroup {
  /// Processor time that the group may use: `thousandths` of one processor, given out every `period` microseconds; nil
  /// is no limit.
  public func setProcessorTime(thousandths: Int?, period: Int = Self.period) throws(Errno) {
    try write("cpu.max", Self.processorTime(thousandths: thousandths, period: period))
  }

  /// Microseconds between two allotments of processor time; the kernel's own default.
  public static let period = 100_000

  /// `QUOTA PERIOD` in microseconds, or `max PERIOD`. The kernel takes no quota below a millisecond.
  static func processorTime(thousandths: Int?, period: Int) -> String {
    guard let thousandths else { return "max \(period)" }
    let (part, tooMuch) = thousandths.multipliedReportingOverflow(by: period)
    return tooMuch ? "max \(period)" : "\(max(1000, part / 1000)) \(period)"
  }

  /// Share of processor time when there is not enough: 1 to 10000, 100 as others have.
  public func setProcessorWeight(_ weight: Int) throws(Errno) { try write("cpu.weight", String(weight)) }

  /// Bytes that the group may have; beyond it the kernel takes pages back, and then kills. nil is no limit.
  public func setMemory(_ bytes: UInt64?) throws(Errno) { try write("memory.max", bytes.map { String($0) } ?? "max") }

  /// The limit of memory; nil for none.
  public var memoryLimit: UInt64? { Files.look(path + "/memory.max", most: 64) { Self.number(in: $0) } }

  /// How often the kernel killed something in it because its memory was up; nil without the controller.
  public var killsForMemory: UInt64? { counts("memory.events")["oom_kill"] }

  /// Whether the kernel kills all of the group or nobody when its memory is up.
  public func setKilledTogether(_ together: Bool) throws(Errno) { try write("memory.oom.group", together ? "1" : "0") }

  /// Processes and threads that there may be; nil is no limit.
  public func setTasks(_ count: Int?) throws(Errno) { try write("pids.max", count.map { String($0) } ?? "max") }

  /// Share of block devices when there is not enough: 1 to 10000, 100 as others have.
  /// - Throws: `ENOENT` if the kernel has neither cost model nor BFQ scheduler to weigh with.
  public func setIOWeight(_ weight: Int) throws(Errno) {
    try write(has("io.weight") ? "io.weight" : "io.bfq.weight", "default \(weight)")
  }

  /// Bytes per second that may be read from, and written to, a whole disk each; nil is no limit.
  /// - Throws: `ENODEV` if it is no whole disk.
  public func setIO(_ device: BlockDevice, bytesPerSecond: UInt64?) throws(Errno) {
    let rate = bytesPerSecond.map { String($0) } ?? "max"
    try write("io.max", "\(device) rbps=\(rate) wbps=\(rate)")
  }

  /// Disks that the group has a limit for.
  public var limitedDevices: [BlockDevice] {
    (read("io.max") ?? "").split(separator: "\n").compactMap { line in
      line.split(separator: " ").first.flatMap { BlockDevice(text: $0) }
    }
  }
}
