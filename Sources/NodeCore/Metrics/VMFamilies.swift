/// The metrics of VMs, after KubeVirt's and libvirt's stems.
extension VMFamily {
  static let all: [VMFamily] = life + processor + memory + storage + network + group

  private static let life: [VMFamily] = [
    VMFamily(
      name: "procurator_vm_uptime_seconds", kind: .gauge, help: "Seconds since the hypervisor process started."
    ) { sample, moment, lines in
      guard let run = sample.summary.run else { return }
      lines.add(.microseconds(UInt64(run.age(at: moment) * 1e6)))
    },
    .one("generation", .gauge, "Starts of the VM, asked for and automatic.") { .whole($0.summary.generation) },
    .one("restarts_total", .counter, "Automatic starts since the VM was made.") { .whole($0.summary.restarts) },
    .one("restarts_exhausted", .gauge, "Whether automatic restarts have been given up.") {
      .flag($0.summary.hasGivenUp)
    },
    .one("start_duration_seconds", .gauge, "Time that the last start took, from the request to the running guest.") {
      $0.summary.startDuration.map { .microseconds($0) }
    },
    .one("healthy", .gauge, "Whether the health check of the VM is passed.") { $0.summary.isHealthy.map { .flag($0) } },
    .one("agent_connected", .gauge, "Whether the guest agent answers.") { .flag($0.summary.agentConnected) },
    .one("held", .gauge, "Whether an error of a disk holds the guest, with its memory kept.") {
      .flag($0.summary.isHeld)
    },
    .one("stalled", .gauge, "Whether the hypervisor does nothing: stopped by a signal, or silent.") {
      .flag($0.summary.isStalled)
    },
    .one("guest_resets_total", .counter, "Times that the guest has started again without being asked, in this run.") {
      $0.summary.run == nil ? nil : .whole($0.summary.guestResets)
    },
    .one("warnings", .gauge, "What is weaker about the VM than it could be.") { .count($0.summary.warnings) },
    .one("console_bytes_total", .counter, "Bytes from the console since the supervisor started.") {
      $0.summary.console.map { .whole($0.bytes) }
    },
    .one("console_dropped_bytes_total", .counter, "Bytes of the console that its readers were too slow for.") {
      $0.summary.console.map { .whole($0.dropped) }
    },
    VMFamily(
      name: "procurator_vm_monitor_age_seconds", kind: .gauge,
      help: "Seconds since the hypervisor last answered; its drives and memory are as old."
    ) { sample, moment, lines in
      guard let answered = sample.readings.answeredAt else { return }
      lines.add(.microseconds(moment.monotonic - min(moment.monotonic, answered)))
    },
  ]

  private static let processor: [VMFamily] = [
    .one("vcpus", .gauge, "Virtual processors.") { .count($0.summary.vcpus) },
    .one("cpu_seconds_total", .counter, "Processor time of the hypervisor process.") {
      $0.readings.process.map { .microseconds($0.cpu) }
    },
    VMFamily(
      name: "procurator_vm_vcpu_seconds_total", kind: .counter, help: "Processor time of each virtual processor."
    ) { sample, _, lines in
      for processor in sample.readings.process?.vcpus ?? [] {
        lines.add("vcpu", String(processor.index), .microseconds(processor.cpu))
      }
    },
  ]

  private static let memory: [VMFamily] = [
    .one("memory_domain_bytes", .gauge, "Memory that the guest was given.") { .whole($0.summary.memory) },
    .one("memory_resident_bytes", .gauge, "Memory that the hypervisor process occupies.") {
      $0.readings.process.map { .whole($0.residentBytes) }
    },
    .one("memory_pss_bytes", .gauge, "The same with shared pages divided among their users; read in turns.") {
      $0.readings.proportionalBytes.map { .whole($0) }
    },
    .one("memory_actual_balloon_bytes", .gauge, "Memory that the balloon leaves to the guest.") {
      $0.readings.memory.balloon.map { .whole($0) }
    },
    .one("memory_available_bytes", .gauge, "Memory that the guest's kernel manages, by its own account.") {
      $0.readings.memory.available.map { .whole($0) }
    },
    .one("memory_usable_bytes", .gauge, "Memory that programs of the guest can still get without swapping.") {
      $0.readings.memory.usable.map { .whole($0) }
    },
    .one("memory_unused_bytes", .gauge, "Memory that the guest does not use at all.") {
      $0.readings.memory.unused.map { .whole($0) }
    },
    .one("memory_cached_bytes", .gauge, "Memory of the guest that caches its disks.") {
      $0.readings.memory.cached.map { .whole($0) }
    },
    .one("memory_swap_in_traffic_bytes_total", .counter, "Bytes that the guest has read from swap.") {
      $0.readings.memory.swapIn.map { .whole($0) }
    },
    .one("memory_swap_out_traffic_bytes_total", .counter, "Bytes that the guest has written to swap.") {
      $0.readings.memory.swapOut.map { .whole($0) }
    },
  ]

  private static let storage: [VMFamily] = [
    .drive("read_traffic_bytes_total", "Bytes that the guest has read.", \.readBytes),
    .drive("write_traffic_bytes_total", "Bytes that the guest has written.", \.writtenBytes),
    .drive("read_requests_total", "Reads of the guest.", \.reads),
    .drive("write_requests_total", "Writes of the guest.", \.writes),
    .drive("flush_requests_total", "Flushes of the guest.", \.flushes),
  ]

  private static let network: [VMFamily] = [
    .card("receive_bytes_total", "Bytes that the guest has received.", \.received.bytes),
    .card("receive_packets_total", "Packets that the guest has received.", \.received.packets),
    .card("receive_errors_total", "Errors on the way to the guest.", \.received.errors),
    .card("receive_dropped_total", "Packets to the guest that it did not take.", \.received.dropped),
    .card("transmit_bytes_total", "Bytes that the guest has sent.", \.transmitted.bytes),
    .card("transmit_packets_total", "Packets that the guest has sent.", \.transmitted.packets),
    .card("transmit_errors_total", "Errors on the way from the guest.", \.transmitted.errors),
    .card("transmit_dropped_total", "Packets from the guest that the host did not take.", \.transmitted.dropped),
  ]
}
