import Failure
import Glibc
import Linux

/// The runtime folder and the files in it; all of them are netdns's own.
struct Folder: ~Copyable {
  private static let parts = ["conf", "hosts", "names", "told"]

  let path: String
  /// Held as long as this value lives: two netdns would tear at the same processes.
  private let lock: Descriptor

  /// Makes the folder if it is not there, and gives it to its user. For root, before root is given away.
  /// - Throws: if somebody else's things are in it.
  static func prepare(_ path: String, _ account: Account) throws(Failure) {
    let operation = "make runtime folder"
    do {
      if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
        try Files.makeFolders(String(path[..<slash]), mode: 0o755)
      }
      if mkdir(path, 0o750) != 0 && errno != EEXIST { throw Errno(errno) }
      // By descriptor, so that it is one and the same folder which is looked at and given away.
      let folder = try Files.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      var facts = stat()
      guard fstat(folder.raw, &facts) == 0 else { throw Errno(errno) }
      if facts.st_uid != account.uid {
        guard facts.st_uid == geteuid(), try Files.names(in: path).isEmpty else {
          throw Failure(
            .denied, operation: operation, object: path,
            cause: "it belongs to user \(facts.st_uid) and not to \(account.uid)",
            remedy: "name a folder that is there for netdns alone in RuntimeFolder=")
        }
        guard fchown(folder.raw, account.uid, account.gid) == 0 else { throw Errno(errno) }
      }
      guard facts.st_mode & 0o7777 == 0o750 || fchmod(folder.raw, 0o750) == 0 else { throw Errno(errno) }
    } catch let error as Errno {
      throw error.failure(operation, path)
    } catch let error as Failure { throw error } catch {
      throw Failure(.internal, operation: operation, object: path, cause: "\(error)")
    }
  }

  /// Opens the folder for as long as this value lives.
  /// - Throws: `.exists` if another netdns has it.
  init(_ path: String) throws(Failure) {
    self.path = path
    let held: Descriptor?
    do { held = try LockFile.acquire(path + "/lock") } catch { throw error.failure("lock", path + "/lock") }
    guard let held else {
      throw Failure(
        .exists, operation: "open runtime folder", object: path, cause: "another netdns keeps it",
        remedy: "stop that one (systemctl stop netdns.socket netdns), or choose another RuntimeFolder=")
    }
    lock = held
  }

  /// What the files hold, by path from here.
  func contents() throws(Errno) -> [String: String] {
    var files: [String: String] = [:]
    for part in Self.parts where Files.exists(path + "/" + part) { try read(part, into: &files) }
    return files
  }

  private func read(_ place: String, into files: inout [String: String]) throws(Errno) {
    for name in try Files.names(in: path + "/" + place) {
      let file = place + "/" + name
      var facts = stat()
      guard lstat(path + "/" + file, &facts) == 0 else { continue }
      if facts.st_mode & S_IFMT == S_IFDIR {
        try read(file, into: &files)
      } else {
        files[file] = try Files.readText(path + "/" + file, limit: 1 << 24)
      }
    }
  }

  /// Replaces a file at once. dnsmasq reads whatever appears in a folder that it watches, so the new text is written
  /// outside of those.
  func write(_ file: String, _ text: String) throws(Errno) {
    let target = path + "/" + file
    if let slash = target.lastIndex(of: "/") { try Files.makeFolders(String(target[..<slash]), mode: 0o750) }
    try Files.replace(path + "/next", with: Array(text.utf8), mode: 0o640, durable: false)
    if rename(path + "/next", target) != 0 { throw Errno(errno) }
  }

  /// Removes a file, and the folder that is empty without it. What is not there is no error.
  func remove(_ file: String) throws(Errno) {
    let target = path + "/" + file
    if unlink(target) != 0 && errno != ENOENT { throw Errno(errno) }
    if let slash = target.lastIndex(of: "/") { rmdir(String(target[..<slash])) }
  }

  /// Removes all that netdns has made here.
  consuming func clear() throws(Errno) {
    for part in Self.parts { try Files.removeFolder(path + "/" + part) }
    for name in ["next", "next.new", "lock"] { unlink(path + "/" + name) }
  }
}
