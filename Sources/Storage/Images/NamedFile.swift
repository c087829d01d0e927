package import Failure
import Glibc
package import Linux

/// A file that a document or a caller names. Every one is opened here: what lies at a path of somebody's choosing may be a
/// pipe that nobody writes to, a terminal, a device whose opening alone does something.
package enum NamedFile {
  /// What may lie at the path.
  package enum Kind {
    case file
    /// Or a block device, as disks may be.
    case fileOrVolume
  }

  /// Where something is missing or wrong. The path of a VM that exists stays what it is; what lies there need not.
  package static let bringThere =
    "bring the file there, mount its file system, or make a link there to where it is (ln -s); in a new VM, correct the "
    + "path"

  /// The same for a disk, which has a way around.
  package static func bringDisk(_ name: String) -> String {
    bringThere
      + "; or use another image: vmsupervisor disk attach VM --path FILE, then vmsupervisor disk detach VM \(name)"
  }

  /// The same for what lies in a CD drive.
  package static func bringMedium(_ drive: String) -> String {
    bringThere + "; or do without: vmsupervisor cdrom eject VM --drive \(drive)"
  }

  /// Opens it without waiting for anybody.
  /// - Parameters:
  ///   - flags: `open(2)` flags, of which O_CLOEXEC, O_NONBLOCK and O_NOCTTY come by themselves.
  ///   - what: what it is to the VM, for the failure: `kernel`.
  ///   - hint: what helps if it is not there; nil for a path of the specification.
  package static func open(
    _ path: String, _ flags: Int32, _ what: String, as kind: Kind = .file, missing hint: String? = nil
  ) throws(Failure) -> Descriptor {
    func failure(_ error: Errno) -> Failure { error.failure("open \(what)", path, remedy: remedy(error, flags, hint)) }
    guard path.utf8.first == UInt8(ascii: "/") else {
      throw Failure(
        .invalid, operation: "open \(what)", object: path, cause: "it is no absolute path",
        remedy: "write the whole path, which begins with /")
    }
    // Looked at before, because opening some devices does something; and after, because the path may lead elsewhere by then.
    var status = stat()
    guard stat(path, &status) == 0 else { throw failure(Errno(errno)) }
    try check(status, path, what, kind)
    let file: Descriptor
    do throws(Errno) { file = try Files.open(path, flags | O_NONBLOCK | O_NOCTTY) } catch { throw failure(error) }
    guard fstat(file.raw, &status) == 0 else { throw failure(Errno(errno)) }
    try check(status, path, what, kind)
    guard fcntl(file.raw, F_SETFL, fcntl(file.raw, F_GETFL) & ~O_NONBLOCK) == 0 else { throw failure(Errno(errno)) }
    return file
  }

  /// `/dev/null`, for reading and writing.
  package static func null() throws(Failure) -> Descriptor {
    do throws(Errno) { return try Files.open("/dev/null", O_RDWR) } catch { throw error.failure("open", "/dev/null") }
  }

  private static func remedy(_ error: Errno, _ flags: Int32, _ missing: String?) -> String {
    switch error.code {
    case ENOENT: return missing ?? bringThere
    case EACCES:
      let isWritten = flags & O_ACCMODE == O_RDWR
      return "let the supervisor's user read it" + (isWritten ? " and write it, or set readonly: true" : "")
    default: return ""
    }
  }

  private static func check(_ status: stat, _ path: String, _ what: String, _ kind: Kind) throws(Failure) {
    let found =
      switch status.st_mode & S_IFMT {
      case S_IFREG: ""
      case S_IFBLK: kind == .fileOrVolume ? "" : "a block device"
      case S_IFIFO: "a named pipe (FIFO)"
      case S_IFSOCK: "a socket"
      case S_IFCHR: "a character device"
      case S_IFDIR: "a folder"
      default: "something else"
      }
    guard !found.isEmpty else { return }
    let wanted = kind == .fileOrVolume ? "a file or a block device" : "a file"
    throw Failure(
      .invalid, operation: "open \(what)", object: path, cause: "it is \(found), not \(wanted)",
      remedy: "put \(wanted) there, or a link to one (ln -s); in a new VM, correct the path")
  }

  /// Up to `count` bytes from `offset`; fewer at the end.
  package static func read(_ file: Int32, _ path: String, from offset: UInt64 = 0, _ count: Int) throws(Failure)
    -> [UInt8]
  {
    guard let place = off_t(exactly: offset) else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes.withUnsafeMutableBytes {
        pread(file, $0.baseAddress?.advanced(by: filled), count - filled, place + off_t(filled))
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw Errno(errno).failure("read", path) }
      if got == 0 { break }
      filled += got
    }
    return Array(bytes.prefix(filled))
  }

  /// Bytes of a file; nil for a block device.
  package static func size(_ file: Int32) -> UInt64? {
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return UInt64(max(0, status.st_size))
  }
}
