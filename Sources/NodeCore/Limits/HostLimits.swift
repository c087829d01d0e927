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

  package init(tree: CgroupTree?, absence: Failure? = nil, isStrict: Bool, capacity: Capacity) {
    self.tree = tree
    self.absence = absence
    self.isStrict = isStrict
    allocations = Allocations(capacity: capacity)
  }

  /// Those of this host: takes the delegated group into possession, counts processors and memory.
  package static func gather(_ settings: Settings) -> HostLimits {
    var capacity = settings.overcommit
    capacity.processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    capacity.memory = MemoryInfo.read()["MemTotal"] ?? 0
    do throws(Failure) {
      return HostLimits(tree: try CgroupTree.take(), isStrict: settings.strict, capacity: capacity)
    } catch {
      return HostLimits(tree: nil, absence: error, isStrict: settings.strict, capacity: capacity)
    }
  }
}

/// The kernel's account of memory, `/proc/meminfo` (proc(5)).
enum MemoryInfo {
  /// Every line that counts kibibytes, in bytes.
  static func read() -> [String: UInt64] { parse((try? Files.readText("/proc/meminfo")) ?? "") }

  static func parse(_ text: String) -> [String: UInt64] {
    var values: [String: UInt64] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 3, words[2] == "kB", words[0].hasSuffix(":"), let number = UInt64(words[1]) else { continue }
      values[String(words[0].dropLast())] = number << 10
    }
    return values
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
