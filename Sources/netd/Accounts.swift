import Glibc
import NetworkPlan

extension Accounts {
  /// Those of this host.
  static let ofHost = Accounts(
    uid: { UInt32($0) ?? passwd($0) ?? getpwnam($0)?.pointee.pw_uid },
    gid: { UInt32($0) ?? getgrnam($0)?.pointee.gr_gid }, local: passwd)

  /// A user of `/etc/passwd`. Other sources of users cost a library that stays loaded.
  @Sendable private static func passwd(_ name: String) -> UInt32? {
    guard let file = fopen("/etc/passwd", "re") else { return nil }
    defer { fclose(file) }
    while let entry = fgetpwent(file) {
      if let text = entry.pointee.pw_name, String(cString: text) == name { return entry.pointee.pw_uid }
    }
    return nil
  }
}
