package import Failure
import Linux
import NodeCore
import Storage

/// Room, records, and what has been left behind.
enum HostChecks {
  static func space(_ name: String, _ space: FileSystemSpace) -> Check {
    let found = "\(space.path): \(space.words)"
    let fix = "free space there, or grow the file system"
    switch space.level {
    case .ample: return .ok(name, found)
    case .scarce: return .warn(name, found, fix: fix)
    case .exhausted: return .fail(name, found, fix: fix)
    }
  }

  static func records(_ quarantined: [RecordStore.Quarantined], count: Int) -> [Check] {
    if quarantined.isEmpty { return [.ok("records", "\(count) VMs, all of them readable")] }
    return quarantined.map { record in
      .fail(
        "records", "\(record.path) was set aside: \(record.why.cause)",
        fix: record.why.remedy.isEmpty
          ? "repair it and restart the supervisor, or remove its folder" : record.why.remedy)
    }
  }

  static func leftover(_ sentences: [String]) -> [Check] {
    if sentences.isEmpty { return [.ok("leftover", "nothing lies about that no record explains")] }
    return sentences.map { .warn("leftover", $0, fix: "remove it when you have seen that nobody needs it") }
  }

  static func events(_ trouble: Failure?) -> Check {
    trouble.map { .failed("events", $0, .warn) } ?? .ok("events", "the log of events is written")
  }
}

extension HostTroubles {
  /// What this supervisor has noticed by itself. Names are asked about again for the occasion.
  package var checks: [Check] { sockets.map { .failed($0.subject, $0.failure, .warn) } }

  /// Of these no VM is told by itself.
  package var beside: [Failure] { sockets.map(\.failure) }

  private var sockets: [(subject: String, failure: Failure)] {
    all.filter { !$0.subject.hasPrefix("dns.") && $0.subject != "namespace" && $0.subject != Self.room }
  }
}

/// Control groups, as far as the supervisor got them.
enum CgroupChecks {
  /// - Parameters:
  ///   - absence: why there are none at all; nil if there are.
  ///   - missing: why VMs cannot be limited by a controller.
  static func look(
    absence: Failure?, controllers: Set<Cgroup.Controller>, missing: [Cgroup.Controller: Failure]
  ) -> [Check] {
    if let absence {
      var check = Check.failed("cgroup", absence, .warn)
      check.found += "; nothing but the hypervisor itself limits what VMs take"
      return [check]
    }
    let names = controllers.map(\.rawValue).sorted().joined(separator: " ")
    let lacking = missing.sorted { $0.key.rawValue < $1.key.rawValue }
    return [.ok("cgroup", "a delegated group with \(names.isEmpty ? "no controllers" : names)")]
      + lacking.map { .failed("cgroup.\($0.key.rawValue)", $0.value, .warn) }
  }
}
