import Linux

/// What the kernel counts for the control group of a hypervisor, after cAdvisor's stems. What it does not count is not
/// there.
extension VMFamily {
  static let group: [VMFamily] = throttling + memory + disks + pressure

  private static let throttling: [VMFamily] = [
    .group("cpu_cfs_periods_total", "Allotment periods in which the hypervisor wanted to run.") {
      $0.throttling.map { .whole($0.periods) }
    },
    .group("cpu_cfs_throttled_periods_total", "Those of them in which its quota was used up.") {
      $0.throttling.map { .whole($0.throttledPeriods) }
    },
    .group("cpu_cfs_throttled_seconds_total", "Time that it had to wait for the next allotment.") {
      $0.throttling.map { .microseconds($0.time) }
    },
  ]

  private static let memory: [VMFamily] = [
    .group("memory_usage_bytes", "Memory that is charged to the hypervisor, page cache included.", kind: .gauge) {
      $0.memory.map { .whole($0.bytes) }
    },
    .group("memory_max_usage_bytes", "The most that there ever was in this run; from Linux 5.19 on.", kind: .gauge) {
      $0.memory?.peak.map { .whole($0) }
    },
    VMFamily(
      name: "procurator_vm_memory_events_total", kind: .counter,
      help: "Times that the memory limit of the hypervisor did something: high, max, oom, oom_kill."
    ) { sample, _, lines in
      guard let events = sample.readings.group?.counters.memory?.events else { return }
      for (event, count) in [
        ("high", events.high), ("max", events.max), ("oom", events.outOfMemory), ("oom_kill", events.kills),
      ] {
        lines.add("event", event, .whole(count))
      }
    },
    .group("threads", "Threads of the hypervisor.", kind: .gauge) { $0.tasks.map { .whole($0) } },
  ]

  private static let disks: [VMFamily] = [
    .disk("reads_bytes_total", "Bytes that the hypervisor has read from a disk of the host.", \.readBytes),
    .disk("writes_bytes_total", "Bytes that the hypervisor has written to a disk of the host.", \.writtenBytes),
    .disk("reads_total", "Reads of the hypervisor from a disk of the host.", \.reads),
    .disk("writes_total", "Writes of the hypervisor to a disk of the host.", \.writes),
  ]

  private static let pressure: [VMFamily] =
    pressure("cpu", of: "a processor") { $0.processorPressure } + pressure("memory", of: "memory") { $0.memoryPressure }
    + pressure("io", of: "a disk") { $0.ioPressure }

  private static func pressure(
    _ name: String, of what: String, _ pressure: @escaping @Sendable (Cgroup.Counters) -> Cgroup.Pressure?
  ) -> [VMFamily] {
    [
      .group("pressure_\(name)_waiting_seconds_total", "Time in which some thread waited for \(what).") {
        pressure($0).map { .microseconds($0.some.time) }
      },
      .group("pressure_\(name)_stalled_seconds_total", "Time in which all threads waited for \(what).") {
        pressure($0)?.full.map { .microseconds($0.time) }
      },
    ]
  }

  private static func group(
    _ name: String, _ help: String, kind: MetricText.Kind = .counter,
    _ value: @escaping @Sendable (Cgroup.Counters) -> MetricValue?
  ) -> VMFamily {
    .one(name, kind, help) { $0.readings.group.flatMap { value($0.counters) } }
  }

  /// One for each disk of the host.
  private static func disk(
    _ name: String, _ help: String, _ value: @escaping @Sendable (Cgroup.Traffic) -> UInt64
  ) -> VMFamily {
    VMFamily(name: "procurator_vm_fs_" + name, kind: .counter, help: help) { sample, _, lines in
      for disk in sample.readings.group?.disks ?? [] { lines.add("device", disk.name, .whole(value(disk.traffic))) }
    }
  }
}
