package import Linux
package import VMSpec

/// What the group of a VM is to hold: a function of its specification.
package struct GroupPlan: Hashable, Sendable {
  /// Thousandths of a processor; nil is no quota.
  package var processorTime: Int?
  var processorWeight: Int?
  /// Bytes: the guest's memory and the hypervisor's allowance.
  package var memory: UInt64
  package var tasks: Int
  package var ioWeight: Int?
  /// Bytes per second from and to whole disks, each way.
  package var rates: [BlockDevice: UInt64]

  /// Threads beside one for each processor, when the specification does not say. An idle QEMU has 5, its pool for requests
  /// adds up to 64 (measured).
  private static let ownTasks = 256
  /// What a group has that nobody said anything about.
  package static let usualWeight = 100

  /// - Parameters:
  ///   - isEmulated: whether it runs without KVM.
  ///   - devices: the whole disk that each disk's image lies on, nil where none can be told.
  package init(_ spec: VMSpec, isEmulated: Bool, devices: [BlockDevice?]) {
    processorTime = spec.limits.cpu
    processorWeight = spec.limits.cpuWeight
    memory = MemoryAllowance.limit(spec, isEmulated: isEmulated)
    tasks = Self.tasks(spec)
    ioWeight = spec.limits.ioWeight
    rates = Self.rates(spec.disks, devices)
  }

  /// Threads that the hypervisor may have.
  package static func tasks(_ spec: VMSpec) -> Int { spec.limits.tasks ?? ownTasks + spec.vcpus }

  /// The second fence behind QEMU's own throttling, which is exact for each disk: it holds for a hypervisor that has been
  /// taken over. A quarter more than all of them together, because tables of images are read and written beside the
  /// guest's bytes. A disk without limit leaves the device without; operations are not counted, since the kernel cuts and
  /// joins them.
  private static func rates(_ disks: [DiskSpec], _ devices: [BlockDevice?]) -> [BlockDevice: UInt64] {
    var rates: [BlockDevice: UInt64] = [:]
    var unlimited: Set<BlockDevice> = []
    for (disk, device) in zip(disks, devices) {
      guard let device else { continue }
      guard let rate = disk.throughput else {
        unlimited.insert(device)
        continue
      }
      let (sum, overflow) = (rates[device] ?? 0).addingReportingOverflow(rate + min(rate / 4, .max - rate))
      rates[device] = overflow ? .max : sum
    }
    return rates.filter { !unlimited.contains($0.key) }
  }

  /// What cannot be held without its controller, by what people call it. Rates of disks are not among them: QEMU holds
  /// them too.
  var needs: [(controller: Cgroup.Controller, what: String)] {
    var needs: [(controller: Cgroup.Controller, what: String)] = [(.memory, "memory"), (.pids, "tasks")]
    if processorTime != nil || processorWeight != nil { needs.append((.cpu, "processors")) }
    if ioWeight != nil { needs.append((.io, "I/O weight")) }
    return needs
  }
}
