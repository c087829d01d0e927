/// What a VM may take of its host. What is nil is not limited, or left to the supervisor.
package struct LimitsSpec: Sendable, Hashable {
  /// Time of the host's processors, in thousandths of one; in the document a number such as `1.5`.
  package var cpu: Int?
  /// Share of the processors when they are scarce, 1 to 10000; 100 is everybody's default (cgroup v2, `cpu.weight`).
  package var cpuWeight: Int?
  /// Bytes that the hypervisor may take beside the guest's memory; nil is computed.
  package var memoryOverhead: UInt64?
  /// Share of the disks when they are scarce, 1 to 10000; 100 is everybody's default (cgroup v2, `io.weight`).
  package var ioWeight: Int?
  /// Threads of the hypervisor (cgroup v2, `pids.max`).
  package var tasks: Int?

  /// Makes limits.
  package init(
    cpu: Int? = nil, cpuWeight: Int? = nil, memoryOverhead: UInt64? = nil, ioWeight: Int? = nil, tasks: Int? = nil
  ) {
    self.cpu = cpu
    self.cpuWeight = cpuWeight
    self.memoryOverhead = memoryOverhead
    self.ioWeight = ioWeight
    self.tasks = tasks
  }
}

extension LimitsSpec: Codable {
  /// Reads the document form.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: SpecKeys.Limits.self)
    self.init(
      cpu: try values.decodeIfPresent(Double.self, forKey: .cpu).map { Int(clamping: Int64(($0 * 1000).rounded())) },
      cpuWeight: try values.decodeIfPresent(Int.self, forKey: .cpuWeight),
      memoryOverhead: try values.decodeIfPresent(UInt64.self, forKey: .memoryOverhead),
      ioWeight: try values.decodeIfPresent(Int.self, forKey: .ioWeight),
      tasks: try values.decodeIfPresent(Int.self, forKey: .tasks))
  }

  /// Writes the document form.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: SpecKeys.Limits.self)
    try values.encodeIfPresent(cpu.map { Double($0) / 1000 }, forKey: .cpu)
    try values.encodeIfPresent(cpuWeight, forKey: .cpuWeight)
    try values.encodeIfPresent(memoryOverhead, forKey: .memoryOverhead)
    try values.encodeIfPresent(ioWeight, forKey: .ioWeight)
    try values.encodeIfPresent(tasks, forKey: .tasks)
  }
}
