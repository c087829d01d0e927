import CCapNg
import Failure
import Glibc
import Linux

/// Who netdns is, and what it passes on to the dnsmasqs that it executes.
enum Rights {
  /// What dnsmasq needs: ports 53 and 67 (10), adding to sets of the firewall (12), answering a guest that has no address
  /// yet (13). The numbers are those of linux/capability.h.
  static let kept: [UInt32] = [UInt32(CAP_NET_BIND_SERVICE), UInt32(CAP_NET_ADMIN), UInt32(CAP_NET_RAW)]
  /// The same as the mask in `/proc/self/status`.
  static let mask: UInt64 = kept.reduce(0) { $0 | 1 << UInt64($1) }

  /// The user that the configuration names, or who we are if that is not root.
  static func account(_ name: String) throws(Failure) -> Account {
    let uid = geteuid()
    if uid != 0 { return Account(uid: uid, gid: getegid()) }
    guard let entry = UInt32(name).map({ getpwuid($0) }) ?? getpwnam(name), entry.pointee.pw_uid != 0 else {
      throw Failure(
        .notFound, operation: "start netdns", object: "User=\(name)", cause: "there is no such user besides root",
        remedy: "create it (useradd --system --groups procurator \(name)) or name another one")
    }
    return Account(uid: entry.pointee.pw_uid, gid: entry.pointee.pw_gid)
  }

  /// Becomes that user for ever, with `kept` for itself and for what it executes, and with nothing else.
  /// - Throws: if the kernel does not say afterwards that it is so.
  static func enter(_ account: Account) throws(Failure) {
    capng_get_caps_process()
    let isRoot = geteuid() == 0
    capng_clear(CAPNG_SELECT_ALL)
    let sets = CAPNG_EFFECTIVE.rawValue | CAPNG_PERMITTED.rawValue | CAPNG_INHERITABLE.rawValue
    for number in kept { capng_update(CAPNG_ADD, capng_type_t(rawValue: sets), number) }
    // What these calls answer is not asked: what counts is what the kernel says below.
    if isRoot {
      let flags = CAPNG_INIT_SUPP_GRP.rawValue | CAPNG_CLEAR_BOUNDING.rawValue
      _ = capng_change_id(Int32(account.uid), Int32(account.gid), capng_flags_t(rawValue: flags))
    } else {
      _ = capng_apply(CAPNG_SELECT_CAPS)
    }
    for number in kept { capng_update(CAPNG_ADD, CAPNG_AMBIENT, number) }
    _ = capng_apply(CAPNG_SELECT_AMBIENT)
    let flag: Errno?
    do {
      try Privileges.forbidNew()
      flag = nil
    } catch { flag = error }
    let status = (try? Files.readText("/proc/self/status")) ?? ""
    guard flag == nil, getuid() == account.uid, geteuid() == account.uid, isTight(status) else {
      throw Failure(
        .denied, operation: "give up privileges",
        cause:
          "the kernel does not confirm that CAP_NET_BIND_SERVICE, CAP_NET_ADMIN and CAP_NET_RAW are there, and nothing "
          + "else is",
        remedy: "start netdns as root, or with just these as AmbientCapabilities= of its unit")
    }
  }

  /// Whether a `/proc/PID/status` shows just what should be left. The bounding set is not looked at: with no_new_privs
  /// nothing is ever taken out of it.
  static func isTight(_ status: String) -> Bool {
    func field(_ name: String) -> UInt64? {
      for line in status.split(separator: "\n") where line.hasPrefix(name + ":") {
        return UInt64(line.dropFirst(name.count + 1).drop { $0 == "\t" || $0 == " " }, radix: 16)
      }
      return nil
    }
    return ["CapEff", "CapPrm", "CapInh", "CapAmb"].allSatisfy { field($0) == mask } && field("NoNewPrivs") == 1
  }
}

/// A user and its group.
struct Account: Hashable, Sendable {
  let uid: UInt32
  let gid: UInt32
}
