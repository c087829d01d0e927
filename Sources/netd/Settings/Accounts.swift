import Glibc

/// Users and groups by name or number. Asked only while the configuration is read.
enum Accounts {
  static func uid(_ name: String) -> UInt32? { UInt32(name) ?? local(user: name) ?? getpwnam(name)?.pointee.pw_uid }

  static func gid(_ name: String) -> UInt32? { UInt32(name) ?? getgrnam(name)?.pointee.gr_gid }

  /// A user of `/etc/passwd`. Other sources of users (nsswitch.conf(5)) cost a library that stays loaded.
  static func local(user name: String) -> UInt32? {
    guard let file = fopen("/etc/passwd", "re") else { return nil }
    defer { fclose(file) }
    while let entry = fgetpwent(file) {
      if let text = entry.pointee.pw_name, String(cString: text) == name { return entry.pointee.pw_uid }
    }
    return nil
  }
}
