import FoundationEssentials
import Glibc
import Hypervisor
import Linux

/// Finds the hypervisor of a VM among the processes of this host, where the file that names it was removed. Somebody holds
/// the VM's lock; this tells who.
package enum HypervisorSearch {
  /// A process that says that it is one.
  package struct Found: Hashable, Sendable {
    var pid: Int32
    /// See `ProcessFacts.startTime`.
    var startTime: UInt64
    var isEmulated: Bool
  }

  /// Looks through all processes.
  /// - Parameters:
  ///   - backend: can read what a hypervisor was started with.
  ///   - isOurs: whether a user of the host is one that runs hypervisors of ours. Others can claim what they want.
  static func find(_ id: String, _ backend: any Backend, isOurs: (UInt32) -> Bool) -> Found? {
    let pids = ((try? Files.names(in: "/proc")) ?? []).compactMap { Int32($0) }
    for pid in pids {
      guard let line = try? Files.read("/proc/\(pid)/cmdline"),
        let isEmulated = backend.isEmulated(commandLine: line, of: id),
        let status = try? Files.readText("/proc/\(pid)/status"), let user = user(status), isOurs(user),
        let facts = ProcessFacts(pid: pid), facts.state != "Z"
      else { continue }
      return Found(pid: pid, startTime: facts.startTime, isEmulated: isEmulated)
    }
    return nil
  }

  /// The effective user (proc_pid_status(5): `Uid:` real, effective, saved, file system).
  static func user(_ status: String) -> UInt32? {
    let line = status.split(separator: "\n").first { $0.hasPrefix("Uid:") }
    guard let fields = line?.split(whereSeparator: \.isWhitespace), fields.count > 2 else { return nil }
    return UInt32(fields[2])
  }
}

extension HypervisorSearch.Found {
  /// What can be said of that run. Its ports netd takes back when the process ends; which images and layers it has nobody
  /// knows any more.
  func incarnation(generation: UInt64) -> Incarnation {
    Incarnation(
      token: UUID().uuidString.lowercased(), pid: pid, startTime: startTime, startedAt: Date(), generation: generation,
      accelerator: isEmulated ? "tcg" : "kvm", handles: [])
  }
}
