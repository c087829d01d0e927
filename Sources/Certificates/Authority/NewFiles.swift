import Failure
import Glibc
import Linux

/// Files that come into being together: written beside and synced, and only then given their names.
///
/// After a failure all is as before. After a crash there are at most files more that end in `.unfinished` or `.former`,
/// which the next attempt removes.
struct NewFiles {
  private struct File {
    var path: String
    var content: [UInt8]
    var mode: UInt32
    var beside: String { path + ".unfinished" }
    /// What it takes the place of, until all have theirs.
    var former: String { path + ".former" }
  }

  private var files: [File] = []
  /// Called before every step that changes the disk, for tests that fail there.
  private let before: () throws(Errno) -> Void

  init() { self.init {} }

  init(before: @escaping () throws(Errno) -> Void) { self.before = before }

  /// Adds one that anybody may read.
  mutating func add(_ path: String, _ text: String) {
    files.append(File(path: path, content: Array(text.utf8), mode: 0o644))
  }

  /// Adds one that is its owner's alone, from its first byte on.
  mutating func add(key path: String, _ text: String) {
    files.append(File(path: path, content: Array(text.utf8), mode: 0o600))
  }

  /// Makes them, durably, in the order in which they were added.
  /// - Parameter replacing: whether files that are there give way.
  func make(replacing: Bool) throws(Failure) {
    var named: [File] = []
    do throws(Failure) {
      for file in files { try Self.say(file) { () throws(Errno) in try write(file) } }
      for file in files {
        try Self.say(file) { () throws(Errno) in try name(file, replacing: replacing) }
        named.append(file)
      }
      for file in files { try Self.say(file) { () throws(Errno) in try Files.syncFolder(of: file.path) } }
    } catch {
      for file in files { unlink(file.beside) }
      for file in named where !replacing || rename(file.former, file.path) != 0 { unlink(file.path) }
      throw error
    }
    if replacing { for file in files { unlink(file.former) } }
  }

  private func write(_ file: File) throws(Errno) {
    try before()
    unlink(file.beside)
    let new = try Files.open(file.beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: file.mode)
    try before()
    try Files.writeAll(file.content, to: new.raw)
    if fsync(new.raw) != 0 { throw Errno(errno) }
  }

  private func name(_ file: File, replacing: Bool) throws(Errno) {
    try before()
    if replacing {
      unlink(file.former)
      if link(file.path, file.former) != 0, errno != ENOENT { throw Errno(errno) }
      if rename(file.beside, file.path) == 0 { return }
      let error = Errno(errno)
      unlink(file.former)
      throw error
    }
    // A link takes no other's place, as a rename would.
    if link(file.beside, file.path) != 0 { throw Errno(errno) }
    unlink(file.beside)
  }

  private static func say(_ file: File, _ body: () throws(Errno) -> Void) throws(Failure) {
    do throws(Errno) { try body() } catch {
      let remedy =
        error.code == EEXIST
        ? "name another folder with --out, or replace what is there with --force" : "see to space and permissions there"
      throw error.failure("write", file.path, remedy: remedy)
    }
  }
}
