import Linux

extension MetricText {
  /// Everything about the host and the supervisor itself.
  mutating func host(_ host: HostSample, interval: Duration) {
    gauges([
      ("committed_vcpus", "Virtual processors promised to VMs that are on.", .count(host.limits.committedProcessors)),
      (
        "committed_memory_bytes", "Memory promised to VMs that are on, hypervisors included.",
        .whole(host.limits.committedMemory)
      ),
      ("capacity_vcpus", "Virtual processors that may be promised.", .count(host.limits.usableProcessors)),
      ("capacity_memory_bytes", "Memory that may be promised.", .whole(host.limits.usableMemory)),
      ("host_cpus", "Processors of the machine.", .count(host.cpus)),
      ("host_memory_bytes", "Memory of the machine.", .whole(host.memory)),
      (
        "host_memory_available_bytes", "Memory of the machine that can still be had without swapping.",
        .whole(host.memoryAvailable)
      ),
      ("starts_running", "VMs that are being started.", .count(host.starting)),
      ("starts_waiting", "VMs that wait until others have been started.", .count(host.waitingToStart)),
      ("starts_max", "VMs that are started at the same time.", .count(host.mostStarting)),
      ("records_quarantined", "Records of VMs that could not be read.", .count(host.quarantinedRecords)),
      ("events_unwritten", "Events that could not be written to the log of events.", .count(host.unwrittenEvents)),
    ])
    events(host.events)
    collections(host, interval)
    process(host)
  }

  private mutating func events(_ counts: [String: UInt64]) {
    let name = "procurator_events_total"
    family(name, .counter, "Events in the life of VMs and of the host, by kind.")
    for (kind, count) in counts.sorted(by: { $0.key < $1.key }) { sample(name, [("kind", kind)], count) }
  }

  private mutating func gauges(_ families: [(String, String, MetricValue)]) {
    for (name, help, value) in families { single("procurator_" + name, .gauge, help, value) }
  }

  private mutating func collections(_ host: HostSample, _ interval: Duration) {
    single("procurator_metrics_collections_total", .counter, "Collections of these metrics.", host.collections)
    single(
      "procurator_metrics_collection_seconds_total", .counter, "Time that collections took.",
      .microseconds(host.collecting))
    let now = Clock.microseconds()
    let age = host.collections == 0 ? 0 : now - min(now, host.at)
    gauges([
      (
        "metrics_collection_duration_seconds", "Time that the last collection took.", .microseconds(host.lastCollecting)
      ),
      ("metrics_age_seconds", "Seconds since the last collection.", .microseconds(age)),
      (
        "metrics_interval_seconds", "Seconds between collections, as configured.",
        .microseconds(UInt64(max(0, interval.milliseconds)) * 1000)
      ),
    ])
  }

  /// The names that every program has under Prometheus' conventions.
  private mutating func process(_ host: HostSample) {
    guard let own = host.own else { return }
    let cpu = own.cpuTicks &* (1_000_000 / ProcessFacts.ticksPerSecond)
    single("process_cpu_seconds_total", .counter, "Processor time of the supervisor.", .microseconds(cpu))
    let gauges: [(String, String, UInt64)] = [
      ("process_start_time_seconds", "When the supervisor started, seconds since 1970.", host.ownStart),
      ("process_resident_memory_bytes", "Memory that the supervisor occupies.", own.residentBytes),
      ("process_virtual_memory_bytes", "Address space of the supervisor.", own.virtualBytes),
      ("process_threads", "Threads of the supervisor.", own.threads),
      ("process_open_fds", "Descriptors that the supervisor has open.", host.descriptors),
      ("process_max_fds", "Descriptors that the supervisor can have open.", host.mostDescriptors),
    ]
    for (name, help, value) in gauges { single(name, .gauge, help, value) }
  }
}
