import CCapNg
import Failure
import Glibc
import Linux
import Policies
import Seccomp

/// Gives up what netd does not need, for ever: every capability but CAP_NET_ADMIN, new privileges by exec, and every
/// system call that is not on `policies/seccomp/netd.list`.
///
/// Capabilities belong to threads: this runs while there is one, and before the first byte of a client or of netlink is
/// read. What comes before it and is not on the list: the listener, signal handlers, the look at users and groups.
enum Sandbox {
  /// CAP_NET_ADMIN as the mask in `/proc/self/status` (linux/capability.h).
  static let only: UInt64 = 1 << 12

  /// Locks the process in.
  /// - Throws: if the kernel does not say afterwards that it is so.
  static func enter() throws(Failure) {
    capng_clear(CAPNG_SELECT_ALL)
    let both = capng_type_t(rawValue: CAPNG_EFFECTIVE.rawValue | CAPNG_PERMITTED.rawValue)
    capng_update(CAPNG_ADD, both, UInt32(CAP_NET_ADMIN))
    // The bounding set first, as long as CAP_SETPCAP is there. What these calls answer is not asked: what counts is below.
    _ = capng_apply(CAPNG_SELECT_ALL)
    _ = capng_apply(CAPNG_SELECT_CAPS)
    let flag: Errno?
    do {
      try Privileges.forbidNew()
      flag = nil
    } catch { flag = error }
    // After the capabilities, because the list does not let them be changed any more.
    try filter()
    let status = (try? Files.readText("/proc/self/status")) ?? ""
    guard flag == nil, isTight(status) else {
      throw Failure(
        .denied, operation: "give up privileges",
        cause: "the kernel does not confirm that only CAP_NET_ADMIN and the listed system calls are left",
        remedy: "start netd as root with CAP_NET_ADMIN and CAP_SETPCAP")
    }
  }

  private static func filter() throws(Failure) {
    let rules = try RuleList.parse(Policies.netdSystemCalls, name: "netd.list", process: getpid())
    try SystemCallFilter.load(rules, otherwise: .report(program: "netd"))
  }

  /// Whether a `/proc/PID/status` shows just what should be left. CAP_NET_ADMIN may stay in the bounding set: a service
  /// manager that has tightened it already leaves no right to tighten it further.
  static func isTight(_ status: String) -> Bool {
    func field(_ name: String) -> UInt64? {
      for line in status.split(separator: "\n") where line.hasPrefix(name + ":") {
        return UInt64(line.dropFirst(name.count + 1).drop { $0 == "\t" || $0 == " " }, radix: 16)
      }
      return nil
    }
    // Seccomp 2: a filter is on (SECCOMP_MODE_FILTER, proc(5)).
    return field("CapEff") == only && field("CapPrm") == only && field("CapInh") == 0 && field("CapAmb") == 0
      && (field("CapBnd") == 0 || field("CapBnd") == only) && field("NoNewPrivs") == 1 && field("Seccomp") == 2
  }
}
