import CLinux
import Glibc

/// A small text file that can be replaced also when its file system is full.
///
/// As long as there is room, new content goes into a new file that takes the old one's place. When there is none, it goes
/// into a spare that lies beside it for that, over what is there, and then both change names at once: nothing has to be
/// allocated. A crash at any instant leaves the old content or the new under the file's name, never a mixture.
public struct TurnFile: Sendable {
  /// The file.
  public let path: String
  /// What takes its place on a full disk.
  public var spare: String { path + ".spare" }
  private var fresh: String { path + ".new" }

  /// Most file systems allocate in steps of so many bytes.
  static let block = 4096
  /// What content may grow before it needs more room.
  static let slack = 4096
  /// A spare that is larger is not ours.
  static let largest = 1 << 20
  /// Bytes that are written in one go.
  private let portion: Int
  /// Called before every step that changes the disk, for tests that end the process there.
  private let before: @Sendable () throws(Errno) -> Void

  /// The file of that name.
  public init(_ path: String) { self.init(path, portion: .max) {} }

  init(_ path: String, portion: Int, before: @escaping @Sendable () throws(Errno) -> Void) {
    (self.path, self.portion, self.before) = (path, portion, before)
  }

  /// Replaces the content, durably. Blanks and a line end fill its room up.
  /// - Throws: `ENOSPC` or `EDQUOT` if there is no room and the content has outgrown the spare.
  public func write(_ content: [UInt8]) throws(Errno) {
    // Never less than the spare has: the two may change places.
    let needed = (content.count + Self.slack + Self.block - 1) / Self.block * Self.block
    let room = max(needed, min(Self.size(spare), Self.largest))
    do throws(Errno) {
      try writeFresh(Self.padded(content, to: room))
    } catch {
      guard error.isFull else { throw error }
      return try writeSpare(content, why: error)
    }
    keepSpare(room)
  }

  /// Replaces the content in the spare's place.
  /// - Parameter why: thrown if there is no spare that it fits into.
  func writeSpare(_ content: [UInt8], why: Errno) throws(Errno) {
    guard let file = try? Files.open(spare, O_RDWR | O_NOFOLLOW) else { throw why }
    var status = stat()
    // A file with another name is somebody's copy.
    guard fstat(file.raw, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1,
      status.st_size >= content.count
    else { throw why }
    try overwrite(file.raw, Self.padded(content, to: Int(status.st_size)))
    try before()
    if fsync(file.raw) != 0 { throw Errno(errno) }
    try before()
    let result = clinux_exchange(spare, path)
    switch -result {
    case 0: break
    // There is no file yet, or the file system cannot do it (NFS): it is the only spare then.
    case ENOENT, EINVAL, ENOSYS: if rename(spare, path) != 0 { throw Errno(errno) }
    default: throw Errno(-result)
    }
    try before()
    try Files.syncFolder(of: path)
  }

  private func writeFresh(_ bytes: [UInt8]) throws(Errno) {
    unlink(fresh)
    do throws(Errno) {
      let file = try Files.open(fresh, O_RDWR | O_CREAT | O_EXCL)
      try overwrite(file.raw, bytes)
      try before()
      if fsync(file.raw) != 0 { throw Errno(errno) }
      try before()
      if rename(fresh, path) != 0 { throw Errno(errno) }
    } catch {
      unlink(fresh)
      throw error
    }
    try before()
    try Files.syncFolder(of: path)
  }

  /// Sees to it that there is a spare with that much room. Where there is none the next write asks for it again.
  private func keepSpare(_ room: Int) {
    var status = stat()
    if lstat(spare, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1, status.st_size >= room,
        access(spare, R_OK | W_OK) == 0
      {
        return
      }
      unlink(spare)
    }
    guard let file = try? Files.open(spare, O_RDWR | O_CREAT | O_EXCL) else { return }
    if posix_fallocate(file.raw, 0, off_t(room)) != 0 { unlink(spare) }
  }

  private func overwrite(_ file: Int32, _ bytes: [UInt8]) throws(Errno) {
    var offset = 0
    while offset < bytes.count {
      try before()
      let wrote = bytes.withUnsafeBytes {
        pwrite(file, $0.baseAddress?.advanced(by: offset), min(portion, bytes.count - offset), off_t(offset))
      }
      if wrote < 0 {
        if errno == EINTR { continue }
        throw Errno(errno)
      }
      offset += wrote
    }
  }

  private static func size(_ path: String) -> Int {
    var status = stat()
    return lstat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  private static func padded(_ content: [UInt8], to room: Int) -> [UInt8] {
    guard room > content.count else { return content }
    return content + [UInt8](repeating: UInt8(ascii: " "), count: room - content.count - 1) + [UInt8(ascii: "\n")]
  }
}
