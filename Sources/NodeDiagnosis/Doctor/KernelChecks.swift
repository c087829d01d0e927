import Failure
import FoundationEssentials
import Glibc
import Linux

/// What the kernel permits and limits.
enum KernelChecks {
  /// Namespaces that an unprivileged user may make.
  /// - Parameters:
  ///   - most: `user.max_user_namespaces`, nil if there is no such file.
  ///   - clone: Debian's `kernel.unprivileged_userns_clone`, nil where there is none.
  ///   - restricted: Ubuntu's `kernel.apparmor_restrict_unprivileged_userns`, nil where there is none.
  static func userNamespaces(most: Int?, clone: Int?, restricted: Int?) -> Check {
    let name = "namespaces.user"
    let loss = "VMs run without a network namespace and user id of their own"
    if most == nil || most == 0 {
      return .warn(
        name, "user namespaces are switched off: \(loss)", fix: "sysctl -w user.max_user_namespaces=15000")
    }
    if clone == 0 {
      return .warn(
        name, "unprivileged users may make none: \(loss)", fix: "sysctl -w kernel.unprivileged_userns_clone=1")
    }
    if restricted == 1 {
      return .warn(
        name, "AppArmor restricts them to programs with a profile: \(loss)",
        fix: "load a profile for vmlaunch with `userns,`, or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")
    }
    return .ok(name, "an unprivileged user may make them")
  }

  /// - Parameter version: of the kernel's interface, 0 if there is none.
  static func landlock(version: Int) -> Check {
    if version <= 0 {
      return .warn(
        "landlock", "the kernel has none, or it is not switched on: VMs run without limits on paths",
        fix: "boot with lsm=landlock,… (see /sys/kernel/security/lsm) on Linux 5.13 or newer")
    }
    return .ok("landlock", "version \(version) of its interface")
  }

  /// Whether the supervisor is under the profile that is installed for it. systemd starts it without one that did not load.
  /// - Parameters:
  ///   - profile: name of the profile.
  ///   - isInstalled: whether there is a file of it.
  ///   - label: what `/proc/self/attr/apparmor/current` says, nil where AppArmor is off.
  static func appArmor(profile: String, isInstalled: Bool, label: String?) -> Check {
    guard let label else { return .ok("apparmor", "off in this kernel") }
    guard isInstalled else { return .ok("apparmor", "no profile is installed") }
    // Stacked ones have more lines or `//&` (apparmor(7)).
    if label.contains(profile), label.contains("(enforce)") {
      return .ok("apparmor", "the supervisor is under \(profile)")
    }
    return .warn(
      "apparmor", "the supervisor is not confined by \(profile) but \(label)",
      fix: "see what `apparmor_parser -r /etc/apparmor.d/\(profile)` says, then systemctl restart vmsupervisor")
  }

  /// - Parameter actions: `/proc/sys/kernel/seccomp/actions_avail`.
  static func seccomp(actions: String?) -> Check {
    let known = Set((actions ?? "").split(whereSeparator: \.isWhitespace))
    guard known.contains("kill_process"), known.contains("errno") else {
      return .fail(
        "seccomp", "the kernel cannot filter system calls",
        fix: "use a kernel with CONFIG_SECCOMP_FILTER (4.14 or newer)")
    }
    return .ok("seccomp", known.contains("user_notif") ? "filters, with notification" : "filters, without notification")
  }

  /// A limit of the supervisor's process, which hypervisors inherit.
  static func limit(_ name: String, _ words: String, soft: UInt64, hard: UInt64, least: UInt64, fix: String) -> Check {
    func text(_ value: UInt64) -> String { value == .max ? "unlimited" : "\(value)" }
    let found = "\(words): \(text(soft)), at most \(text(hard))"
    return hard < least ? .warn(name, found, fix: fix) : .ok(name, found)
  }

  /// Reads `/proc/self/limits` (proc(5)): by name, what counts and what it may be raised to.
  static func limits(_ text: String) -> [String: (soft: UInt64, hard: UInt64)] {
    var limits: [String: (soft: UInt64, hard: UInt64)] = [:]
    for line in text.split(separator: "\n").dropFirst() {
      // Names are 26 wide and hold blanks.
      let words = line.dropFirst(26).split(separator: " ")
      guard words.count >= 2 else { continue }
      func number(_ word: Substring) -> UInt64 { word == "unlimited" ? .max : UInt64(word) ?? 0 }
      let name = line.prefix(26).reversed().drop { $0 == " " }.reversed()
      limits[String(name)] = (number(words[0]), number(words[1]))
    }
    return limits
  }

  /// A number in `/proc/sys`.
  static func sysctl(_ key: String, _ value: Int?, least: Int) -> Check {
    let name = "kernel." + (key.split(separator: ".").last ?? "")
    guard let value else { return .unused(name, "the kernel does not say \(key)") }
    return value < least
      ? .warn(name, "\(key) is \(value)", fix: "sysctl -w \(key)=\(least)") : .ok(name, "\(key) is \(value)")
  }

  /// - Parameters:
  ///   - synchronised: what adjtimex(2) says, nil if it may not be asked.
  ///   - year: by this clock, UTC.
  static func clock(synchronised: Bool?, year: Int) -> Check {
    let fix = "timedatectl set-ntp true, or install chrony"
    if year < 2025 { return .fail("clock", "it says the year \(year)", fix: fix) }
    if synchronised == false {
      return .warn("clock", "nothing keeps it in step: guests and certificates rely on it", fix: fix)
    }
    return .ok("clock", synchronised == nil ? "plausible" : "kept in step")
  }
}
