import CLinux
import Glibc

/// Files without a name, in memory (memfd_create(2)).
public enum MemoryFile {
  /// Makes one, empty, open for reading and writing.
  /// - Parameter name: for people who look into /proc.
  public static func make(_ name: String) throws(Errno) -> Descriptor {
    Descriptor(owning: try Errno.check(clinux_memfd(name)))
  }

  /// Opens it a second time for writing only.
  public static func openForWriting(_ file: Int32) throws(Errno) -> Descriptor {
    try Files.open("/proc/self/fd/\(file)", O_WRONLY)
  }
}
