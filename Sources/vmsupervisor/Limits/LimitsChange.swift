import Failure
import Hypervisor

/// A change of limits while the VM exists. What is nil stays; 0 takes a limit away.
struct LimitsChange: Hashable, Sendable {
  var cpu: Int?
  var cpuWeight: Int?
  var memoryOverhead: UInt64?
  var ioWeight: Int?
  var tasks: Int?
  var disks: [Disk] = []

  /// That of one disk, by its name.
  struct Disk: Hashable, Sendable {
    var name: String
    var iops: Int?
    var throughput: UInt64?
  }

  /// What its message calls the keys of the document.
  static let fields = [
    "limits.cpu": "cpu_thousandths", "limits.cpuWeight": "cpu_weight", "limits.memoryOverhead": "memory_overhead_bytes",
    "limits.ioWeight": "io_weight", "limits.tasks": "tasks", "disks.iops": "disks.iops",
    "disks.throughput": "disks.throughput",
  ]

  /// Writes it into a specification; the rules of its document are checked afterwards.
  /// - Throws: `.notFound` for a disk that is not there.
  func apply(to spec: inout VMSpec) throws(Failure) {
    Self.set(&spec.limits.cpu, cpu)
    Self.set(&spec.limits.cpuWeight, cpuWeight)
    Self.set(&spec.limits.memoryOverhead, memoryOverhead)
    Self.set(&spec.limits.ioWeight, ioWeight)
    Self.set(&spec.limits.tasks, tasks)
    for change in disks {
      let names = spec.disks.enumerated().map { $1.effectiveName(at: $0) }
      guard let index = names.firstIndex(of: change.name) else {
        throw Failure(
          .notFound, step: "change limits", object: "\(spec.name): \(change.name)",
          cause: "it has no disk of that name",
          cure: names.isEmpty ? "" : "its disks are \(names.joined(separator: ", "))")
      }
      Self.set(&spec.disks[index].iops, change.iops)
      Self.set(&spec.disks[index].throughput, change.throughput)
    }
  }

  private static func set<T: BinaryInteger>(_ limit: inout T?, _ wanted: T?) {
    if let wanted { limit = wanted == 0 ? nil : wanted }
  }
}
