package import Failure
import Glibc
import Linux

/// What all VMs of a host share: the tree of groups, and the account of what they were promised.
package final class HostLimits: Sendable {
  /// nil where there is none.
  package let tree: CgroupTree?
  /// Why there is none.
  package let absence: Failure?
  /// Whether a limit that cannot be held forbids the start of every VM.
  package let isStrict: Bool
  package let allocations: Allocations

  package convenience init(tree: CgroupTree?, absence: Failure? = nil, isStrict: Bool, capacity: Capacity) {
    self.init(tree: tree, absence: absence, isStrict: isStrict, capacity: capacity, pages: { .none })
  }

  init(
    tree: CgroupTree?, absence: Failure? = nil, isStrict: Bool, capacity: Capacity,
    pages: @escaping @Sendable () -> HugePages
  ) {
    self.tree = tree
    self.absence = absence
    self.isStrict = isStrict
    allocations = Allocations(capacity: capacity, pages: pages)
  }

  /// Those of this host: takes the delegated group into possession, counts processors and memory.
  package static func gather(_ settings: Settings) -> HostLimits {
    var capacity = settings.overcommit
    capacity.processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    capacity.memory = MemoryInfo.read()["MemTotal"] ?? 0
    do throws(Failure) {
      return HostLimits(
        tree: try CgroupTree.take(), isStrict: settings.strict, capacity: capacity, pages: HugePages.read)
    } catch {
      return HostLimits(
        tree: nil, absence: error, isStrict: settings.strict, capacity: capacity, pages: HugePages.read)
    }
  }
}

extension HostLimits {
  /// What cannot be held for any VM, for the log and for whoever asks about the host.
  package var warnings: [String] {
    if let absence { return ["VMs are not limited: \(absence)"] }
    guard let tree else { return [] }
    return (Cgroup.Controller.allCases.compactMap { tree.missing[$0] } + [tree.unbounded].compactMap(\.self)).map {
      "\($0)"
    }
  }
}
