import FoundationEssentials
import Glibc
import Linux

/// Finds the hypervisor of a VM among the processes of this host, where the file that names it was removed. Somebody holds
/// the VM's lock; this tells who.
enum HypervisorSearch {
  /// A process that says that it is one.
  struct Found: Hashable, Sendable {
    var pid: Int32
    /// See `ProcessFacts.startTime`.
    var startTime: UInt64
    var isEmulated: Bool
  }

  /// Looks through all processes.
  /// - Parameter isOurs: whether a user of the host is one that runs hypervisors of ours. Others can claim what they want.
  static func find(_ id: String, isOurs: (UInt32) -> Bool) -> Found? {
    let pids = ((try? Files.names(in: "/proc")) ?? []).compactMap { Int32($0) }
    for pid in pids {
      guard let line = try? Files.read("/proc/\(pid)/cmdline"), let isEmulated = reads(line, id),
        let status = try? Files.readText("/proc/\(pid)/status"), let user = user(status), isOurs(user),
        let facts = ProcessFacts(pid: pid), facts.state != "Z"
      else { continue }
      return Found(pid: pid, startTime: facts.startTime, isEmulated: isEmulated)
    }
    return nil
  }

  /// Reads a command line (proc_pid_cmdline(5)).
  /// - Returns: whether it says that it runs without KVM; nil if it is no hypervisor of that VM.
  static func reads(_ line: [UInt8], _ id: String) -> Bool? {
    let words = line.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    guard let flag = words.firstIndex(of: "-uuid"), flag + 1 < words.count, words[flag + 1] == id else { return nil }
    guard let accelerator = words.firstIndex(of: "-accel"), accelerator + 1 < words.count else { return true }
    return words[accelerator + 1].hasPrefix("tcg")
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
