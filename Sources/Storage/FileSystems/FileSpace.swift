import Glibc

/// Room that a file takes.
package enum FileSpace {
  /// Bytes that are written of it; 0 of what cannot be looked at. A volume has no own.
  package static func written(_ path: String) -> UInt64 {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return 0 }
    // In units of 512 bytes, whatever the file system's (stat(2)).
    return UInt64(max(0, status.st_blocks)) * 512
  }
}
