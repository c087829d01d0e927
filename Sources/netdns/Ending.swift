import Failure
import Glibc
import Linux

/// `netdns --stop`: the end of all dnsmasqs and of the runtime folder, before the package is removed.
enum Ending {
  static func run(_ settings: Settings) throws(Failure) {
    let account = try Rights.account(settings.user)
    let isRoot = geteuid() == 0
    // In a folder of an unprivileged user root would follow whatever that user puts there: it is that user who clears up.
    if isRoot, setegid(account.gid) != 0 || seteuid(account.uid) != 0 {
      throw Errno(errno).failure("become user", "\(account.uid)")
    }
    let isThere = Files.exists(settings.folder)
    if isThere { try clear(settings) } else { try end(settings) }
    if isRoot, seteuid(0) != 0 || setegid(0) != 0 { throw Errno(errno).failure("become root again") }
    // A folder that systemd has made is removed by systemd.
    if isThere, isRoot, rmdir(settings.folder) != 0 { throw Errno(errno).failure("remove", settings.folder) }
    if !isRoot { rmdir(settings.folder) }
  }

  private static func clear(_ settings: Settings) throws(Failure) {
    let folder = try Folder(settings.folder)
    try end(settings)
    do { try folder.clear() } catch { throw error.failure("clear", settings.folder) }
  }

  private static func end(_ settings: Settings) throws(Failure) {
    let left = Processes.endAll(settings.folder)
    guard left == 0 else {
      throw Failure(.timeout, operation: "end dnsmasq", object: settings.folder, cause: "\(left) processes do not end")
    }
  }
}
