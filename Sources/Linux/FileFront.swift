import CLinux
import Glibc

/// The front of a file that others append to.
public enum FileFront {
  /// Takes `length` bytes away from the front; what follows moves up, without being copied and without a reader or an
  /// appending writer being able to come in between (FALLOC_FL_COLLAPSE_RANGE, fallocate(2): ext4, XFS).
  /// - Parameter length: a multiple of `blockSize`, less than the file's size.
  /// - Throws: `EOPNOTSUPP` where the file system cannot, `EINVAL` for a length that does not fit it.
  public static func collapse(_ descriptor: Int32, length: UInt64) throws(Errno) {
    try Errno.check(clinux_collapse(descriptor, length))
  }

  /// The block size of the file system that holds the file, in bytes (fstatvfs(3)).
  public static func blockSize(_ descriptor: Int32) throws(Errno) -> UInt64 {
    var system = statvfs()
    guard fstatvfs(descriptor, &system) == 0 else { throw Errno(errno) }
    return UInt64(max(512, system.f_bsize))
  }
}
