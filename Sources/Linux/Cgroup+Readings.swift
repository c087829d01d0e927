/// What the kernel has counted for a group.
extension Cgroup {
  /// Processor time of `cpu.stat`, in microseconds. The throttling counts stay 0 without the controller.
  public struct ProcessorTime: Hashable, Sendable {
    /// Used altogether.
    public var used: UInt64
    /// Allotment periods that have passed while it wanted to run.
    public var periods: UInt64
    /// Those of them in which the quota was used up.
    public var throttledPeriods: UInt64
    /// Time that it had to wait for the next allotment.
    public var throttled: UInt64
  }

  /// Processor time so far; nil if the group is gone.
  public var processorTime: ProcessorTime? {
    guard let text = read("cpu.stat") else { return nil }
    let counts = Self.counts(in: text)
    return ProcessorTime(
      used: counts["usage_usec"] ?? 0, periods: counts["nr_periods"] ?? 0,
      throttledPeriods: counts["nr_throttled"] ?? 0, throttled: counts["throttled_usec"] ?? 0)
  }

  /// Bytes charged to it now, page cache included; nil without the controller.
  public var memory: UInt64? { number("memory.current") }

  /// Most bytes that were ever charged to it; nil without the controller and before Linux 5.19.
  public var memoryPeak: UInt64? { number("memory.peak") }

  /// The limit of memory; nil for none.
  public var memoryLimit: UInt64? { number("memory.max") }

  /// How often the kernel killed something in it because its memory was up; nil without the controller.
  public var killsForMemory: UInt64? { counts("memory.events")["oom_kill"] }

  /// Processes and threads now; nil without the controller.
  public var tasks: UInt64? { number("pids.current") }

  /// Traffic with one disk, as `io.stat` counts it.
  public struct Traffic: Hashable, Sendable {
    /// The disk.
    public var device: BlockDevice
    /// Bytes read.
    public var readBytes: UInt64
    /// Bytes written.
    public var writtenBytes: UInt64
    /// Read operations.
    public var reads: UInt64
    /// Write operations.
    public var writes: UInt64
  }

  /// Traffic so far, by disk; empty without the controller.
  public var traffic: [Traffic] { Self.traffic(in: read("io.stat") ?? "") }

  /// Reads `MAJOR:MINOR rbytes=N wbytes=N rios=N wios=N …` lines.
  static func traffic(in text: String) -> [Traffic] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard let first = words.first, let device = BlockDevice(text: first) else { return nil }
      var counts: [Substring: UInt64] = [:]
      for word in words.dropFirst() {
        let sides = word.split(separator: "=")
        if sides.count == 2, let number = UInt64(sides[1]) { counts[sides[0]] = number }
      }
      return Traffic(
        device: device, readBytes: counts["rbytes"] ?? 0, writtenBytes: counts["wbytes"] ?? 0,
        reads: counts["rios"] ?? 0, writes: counts["wios"] ?? 0)
    }
  }

  private func number(_ file: String) -> UInt64? {
    read(file).flatMap { $0.split(whereSeparator: \.isWhitespace).first }.flatMap { UInt64($0) }
  }
}
