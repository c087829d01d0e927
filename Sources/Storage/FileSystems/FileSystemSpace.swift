import Failure
import Glibc
import Linux
import Text

/// Room on a file system.
package struct FileSystemSpace: Hashable, Sendable {
  /// What lies there: `state`, `runtime`, or a disk.
  package var what: String
  package var path: String
  package var freeBytes: UInt64
  package var totalBytes: UInt64
  /// Both 0 where the file system does not count.
  package var freeFiles: UInt64
  package var totalFiles: UInt64

  package init(what: String, path: String, freeBytes: UInt64, totalBytes: UInt64, freeFiles: UInt64, totalFiles: UInt64)
  {
    self.what = what
    self.path = path
    self.freeBytes = freeBytes
    self.totalBytes = totalBytes
    self.freeFiles = freeFiles
    self.totalFiles = totalFiles
  }
}

extension FileSystemSpace {
  /// Below this much a record or a log may not fit any more.
  static let leastBytes: UInt64 = 64 << 20
  static let leastFiles: UInt64 = 64
  /// Below this share of the whole somebody should look.
  static let scarceShare = 0.05
  /// A share of a large disk is plenty: above this much nobody is warned.
  static let plentyBytes: UInt64 = 20 << 30

  /// How it stands.
  package enum Level: Hashable, Sendable { case ample, scarce, exhausted }

  package var level: Level {
    let countsFiles = totalFiles > 0
    if freeBytes < min(Self.leastBytes, totalBytes / 20) || (countsFiles && freeFiles < Self.leastFiles) {
      return .exhausted
    }
    if freeBytes < Self.plentyBytes, Double(freeBytes) < Double(totalBytes) * Self.scarceShare { return .scarce }
    if countsFiles, Double(freeFiles) < Double(totalFiles) * Self.scarceShare { return .scarce }
    return .ample
  }

  /// `1.2G of 20G free`.
  package var words: String {
    var text = "\(Quantity.bytes(freeBytes)) of \(Quantity.bytes(totalBytes)) free"
    if totalFiles > 0, Double(freeFiles) < Double(totalFiles) * Self.scarceShare {
      text += ", \(freeFiles) of \(totalFiles) inodes free"
    }
    return text
  }

  /// Looks at the file system of `path`, or of the nearest folder above it that exists.
  package init?(_ what: String, path: String) {
    var folder = path
    var status = statvfs()
    while statvfs(folder, &status) != 0 {
      guard let slash = folder.lastIndex(of: "/"), slash != folder.startIndex else { return nil }
      folder = String(folder[..<slash])
    }
    let block = UInt64(status.f_frsize)
    self.init(
      what: what, path: path, freeBytes: UInt64(status.f_bavail) * block, totalBytes: UInt64(status.f_blocks) * block,
      freeFiles: UInt64(status.f_favail), totalFiles: UInt64(status.f_files))
  }
}
