package import Failure
package import VMSpec

/// A change of limits while the VM exists. What is nil stays; 0 takes a limit away.
package struct LimitsChange: Hashable, Sendable {
  package var cpu: Int?
  package var cpuWeight: Int?
  package var memoryOverhead: UInt64?
  package var ioWeight: Int?
  package var tasks: Int?
  package var disks: [Disk] = []

  package init(
    cpu: Int? = nil, cpuWeight: Int? = nil, memoryOverhead: UInt64? = nil, ioWeight: Int? = nil, tasks: Int? = nil,
    disks: [Disk] = []
  ) {
    self.cpu = cpu
    self.cpuWeight = cpuWeight
    self.memoryOverhead = memoryOverhead
    self.ioWeight = ioWeight
    self.tasks = tasks
    self.disks = disks
  }

  /// That of one disk, by its name.
  package struct Disk: Hashable, Sendable {
    package var name: String
    package var iops: Int?
    package var throughput: UInt64?

    package init(name: String, iops: Int? = nil, throughput: UInt64? = nil) {
      self.name = name
      self.iops = iops
      self.throughput = throughput
    }
  }

  /// What its message calls the keys of the document.
  package static let fields = [
    "limits.cpu": "cpu_thousandths", "limits.cpuWeight": "cpu_weight", "limits.memoryOverhead": "memory_overhead_bytes",
    "limits.ioWeight": "io_weight", "limits.tasks": "tasks", "disks.iops": "disks.iops",
    "disks.throughput": "disks.throughput",
  ]

  /// Writes it into a specification; the rules of its document are checked afterwards.
  /// - Throws: `.notFound` for a disk that is not there.
  package func apply(to spec: inout VMSpec) throws(Failure) {
    Self.set(&spec.limits.cpu, cpu)
    Self.set(&spec.limits.cpuWeight, cpuWeight)
    Self.set(&spec.limits.memoryOverhead, memoryOverhead)
    Self.set(&spec.limits.ioWeight, ioWeight)
    Self.set(&spec.limits.tasks, tasks)
    for change in disks {
      let names = spec.disks.enumerated().map { $1.effectiveName(at: $0) }
      guard let index = names.firstIndex(of: change.name) else {
        throw Failure(
          .notFound, part: .limit, operation: "change limits", object: "\(spec.name): \(change.name)",
          cause: "it has no disk of that name",
          remedy: names.isEmpty ? "" : "its disks are \(names.joined(separator: ", "))")
      }
      Self.set(&spec.disks[index].iops, change.iops)
      Self.set(&spec.disks[index].throughput, change.throughput)
    }
  }

  private static func set<T: BinaryInteger>(_ limit: inout T?, _ wanted: T?) {
    if let wanted { limit = wanted == 0 ? nil : wanted }
  }
}
