import CLinux
public import Failure
import Glibc

/// The right of a process to open files, given up for ever but for what is listed (landlock(7)).
///
/// Descriptors that are open already keep what they can do. Numbers are those of include/uapi/linux/landlock.h, Linux
/// 6.12; the headers of Debian 12 end before some of them.
public struct Landlock: ~Copyable {
  /// What can be done with a file, or with every file below a folder.
  public struct Access: OptionSet, Hashable, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Execute it.
    public static let execute = Access(rawValue: 1 << 0)
    /// Open it for writing.
    public static let write = Access(rawValue: 1 << 1)
    /// Open it for reading.
    public static let read = Access(rawValue: 1 << 2)
    /// Change its length; ABI 3 and later.
    public static let truncate = Access(rawValue: 1 << 14)
    /// Send device commands to it, if it is a device; ABI 5 and later.
    public static let command = Access(rawValue: 1 << 15)

    /// Everything that an ABI can forbid: making, moving, listing and removing too.
    static func all(abi: Int32) -> Access {
      // ABI 1 has bits 0 to 12; 2 adds REFER, 3 TRUNCATE, 5 IOCTL_DEV.
      let bits: UInt64 = abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13
      return Access(rawValue: 1 << bits - 1)
    }
  }

  /// Version of the kernel's interface, 0 if it has none.
  public let abi: Int32
  private let handled: Access
  private let rules: Descriptor

  /// Begins a list on which nothing is permitted; nil if the kernel has no Landlock.
  ///
  /// From ABI 4 on no TCP port can be bound or connected to, from 6 on nothing outside be reached by an abstract socket
  /// or a signal.
  public init?() throws(Errno) {
    abi = clinux_landlock_abi()
    guard abi > 0 else { return nil }
    handled = Access.all(abi: abi)
    rules = Descriptor(
      owning: try Errno.check(clinux_landlock_create(handled.rawValue, abi >= 4 ? 3 : 0, abi >= 6 ? 3 : 0)))
  }

  /// Permits `access` to a file, or to the files below a folder. What is not there needs no permission.
  public func allow(_ access: Access, _ path: String) throws(Failure) {
    let number = open(path, Files.held | O_CLOEXEC)
    if number < 0, errno == ENOENT { return }
    guard number >= 0 else { throw Errno(errno).failure("permit", path) }
    let file = Descriptor(owning: number)
    do { try allow(access, file.raw) } catch { throw error.failure("permit", path) }
  }

  /// Permits to open a file again that is open, through `/proc/self/fd`, as it is open: for reading, or for writing too.
  public func allowAgain(_ descriptor: Int32) throws(Errno) {
    let mode = fcntl(descriptor, F_GETFL)
    guard mode >= 0 else { throw Errno(errno) }
    try allow(mode & O_ACCMODE == O_RDONLY ? .read : [.read, .write, .truncate], descriptor)
  }

  /// Permits `access` to the file that is open.
  public func allow(_ access: Access, _ descriptor: Int32) throws(Errno) {
    try Errno.check(clinux_landlock_allow(rules.raw, descriptor, access.intersection(handled).rawValue))
  }

  /// Gives up everything else, for this thread and all that it executes. Needs no_new_privs.
  public consuming func restrict() throws(Errno) { try Errno.check(clinux_landlock_restrict(rules.raw)) }
}
