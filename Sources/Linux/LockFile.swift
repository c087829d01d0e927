import CLinux
import Glibc

/// A file that is locked as long as any process holds the descriptor that locked it, or one inherited from it.
///
/// The lock belongs to the open file description (F_OFD_SETLK, fcntl(2)), so it passes to a child with the descriptor.
public enum LockFile {
  /// Opens and locks `path`; nil if somebody else holds the lock.
  public static func acquire(_ path: String) throws(Errno) -> Descriptor? {
    let file = try Files.open(path, O_RDWR | O_CREAT)
    let result = clinux_lock(file.raw)
    if result == -EAGAIN { return nil }
    try Errno.check(result)
    return file
  }

  /// Whether somebody holds the lock on `path`; asking takes nothing. A file that is not there is held by nobody.
  public static func isHeld(_ path: String) -> Bool {
    guard let file = try? Files.open(path, O_RDWR) else { return false }
    return clinux_lock_held(file.raw) == 1
  }

  /// Whether somebody else holds a lock on one byte of an open file; asking takes nothing.
  public static func isHeld(_ descriptor: Int32, byte: Int64) -> Bool { clinux_byte_held(descriptor, byte) == 1 }
}
