import Glibc

/// A file's content at one moment, without reading it: whatever replaces or changes it makes another version.
package struct FileVersion: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64
  private let size: Int64
  private let seconds: Int
  private let nanoseconds: Int

  /// Looks at a file, through links.
  package init(of path: String) throws(Errno) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw Errno(errno) }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    // Not the time of the content, which anybody may set back.
    seconds = status.st_ctim.tv_sec
    nanoseconds = status.st_ctim.tv_nsec
  }
}
