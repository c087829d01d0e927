import Glibc
import Linux
import Synchronization

/// A file system that a test freezes: nobody can make or change a file then, and no thread gets out of that.
/// Mounted before a supervisor starts, which has a mount namespace of its own.
final class FrozenDisk: Sendable {
  let folder: String
  private let isFrozen = Mutex(false)

  /// - Parameter folder: where it is mounted; its image lies beside.
  init(_ folder: String) throws {
    self.folder = folder
    try Files.makeFolders(folder)
    try Command.must("/usr/bin/truncate", "-s", "16M", folder + ".fs")
    try Command.must("/usr/sbin/mkfs.ext4", "-q", folder + ".fs")
    try Command.must("/usr/bin/mount", "-o", "loop", folder + ".fs", folder)
    chmod(folder, 0o777)
  }

  func freeze() throws {
    try Command.must("/usr/sbin/fsfreeze", "--freeze", folder)
    isFrozen.withLock { $0 = true }
  }

  func thaw() throws {
    guard isFrozen.withLock({ $0 }) else { return }
    try Command.must("/usr/sbin/fsfreeze", "--unfreeze", folder)
    isFrozen.withLock { $0 = false }
  }

  /// EXT4_IOC_SHUTDOWN of linux/ext4.h, `_IOR('X', 125, __u32)`, and EXT4_GOING_FLAGS_NOLOGFLUSH.
  private static let (shutDown, atOnce): (UInt, UInt32) = (0x8004_587d, 2)

  /// Lets whoever reads or writes get EIO, as of a disk that has gone, until it is mounted again.
  func breakDown() throws {
    let file = try Files.open(folder, O_RDONLY | O_DIRECTORY)
    var flags = Self.atOnce
    guard ioctl(file.raw, Self.shutDown, &flags) == 0 else { throw Errno(errno) }
  }

  /// Mounts it again, for a supervisor that is started after that. From a copy: mount namespaces of others, which were made
  /// meanwhile, still have the broken one, and the kernel would give that for the same image.
  func mountAgain() throws {
    umount2(folder, Int32(MNT_DETACH))
    try Command.must("/usr/bin/cp", folder + ".fs", folder + ".again.fs")
    try Command.must("/usr/bin/mount", "-o", "loop", folder + ".again.fs", folder)
  }

  /// Lets everybody go on, and takes it away.
  func remove() {
    try? thaw()
    umount2(folder, Int32(MNT_DETACH))
  }
}

/// A file system whose server never says a word: whoever looks at a file of it waits.
final class SilentDisk: Sendable {
  let folder: String
  private let server: DescriptorCell

  init(_ folder: String) throws {
    self.folder = folder
    try Files.makeFolders(folder)
    let server = try Files.open("/dev/fuse", O_RDWR)
    let options = "fd=\(server.raw),rootmode=40000,user_id=0,group_id=0,allow_other"
    guard mount("silent", folder, "fuse", UInt(MS_NOSUID | MS_NODEV), options) == 0 else { throw Errno(errno) }
    self.server = DescriptorCell(server)
  }

  /// Ends its server: whoever waits gets an error.
  func end() { _ = server.take() }

  /// The same, and takes it away.
  func remove() {
    end()
    umount2(folder, Int32(MNT_DETACH))
  }
}
