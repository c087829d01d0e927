import Foundation
import Glibc
import Linux

/// A file system of a few MiB that a test fills and empties.
final class SmallDisk: Sendable {
  let path: String
  private var filler: String { path + "/filler" }

  /// Mounts it on a folder that is there.
  init(_ path: String, size: String, owner: String? = nil) throws {
    self.path = path
    try Command.must("/usr/bin/mount", "-t", "tmpfs", "-o", "size=\(size),mode=700", "small", path)
    if let owner { try Command.must("/usr/bin/chown", owner, path) }
  }

  /// Takes all room there is but some bytes.
  func fill(but rest: Int) throws {
    try fill()
    let file = try Files.open(filler, O_WRONLY)
    var status = stat()
    guard fstat(file.raw, &status) == 0, ftruncate(file.raw, status.st_size - off_t(rest)) == 0 else {
      throw Errno(errno)
    }
  }

  /// Takes all room there is, to the last byte.
  func fill() throws {
    let file = try Files.open(filler, O_WRONLY | O_CREAT | O_APPEND)
    for size in [65536, 4096, 1] {
      let bytes = [UInt8](repeating: 1, count: size)
      while write(file.raw, bytes, size) > 0 {}
      guard errno == ENOSPC else { throw Errno(errno) }
    }
  }

  /// Gives the room back, also while a child that was forked meanwhile still holds the file open.
  func empty() {
    truncate(filler, 0)
    unlink(filler)
  }

  func unmount() { umount2(path, Int32(MNT_DETACH)) }
}
