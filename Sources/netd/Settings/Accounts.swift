import Glibc

/// Users and groups by name or number. Asked only while the configuration is read.
enum Accounts {
  static func uid(_ name: String) -> UInt32? { UInt32(name) ?? getpwnam(name)?.pointee.pw_uid }

  static func gid(_ name: String) -> UInt32? { UInt32(name) ?? getgrnam(name)?.pointee.gr_gid }
}
