import Crypto
package import Failure
import Glibc
import Linux
import Text

/// A file of a saved VM, as its manifest knows it.
package struct SavedFile: Codable, Hashable, Sendable {
  /// In the folder.
  package var name: String
  package var bytes: UInt64
  /// SHA-256 of its content, in small hexadecimal digits.
  package var sha256: String

  package init(name: String, bytes: UInt64, sha256: String) {
    self.name = name
    self.bytes = bytes
    self.sha256 = sha256
  }

  /// That of a content which was read.
  package init(of content: [UInt8], named name: String) {
    var digest = FileDigest()
    content.withUnsafeBytes { digest.add($0) }
    self = digest.file(named: name)
  }

  /// Reads a whole file. Blocks.
  package static func measure(_ file: Int32, named name: String, at path: String) throws(Failure) -> SavedFile {
    var digest = FileDigest()
    do throws(Errno) { try digest.read(file) } catch { throw error.failure("read", path).of(.disk) }
    return digest.file(named: name)
  }

  /// Copies its content into an empty file, which is on the disk then. Blocks.
  /// - Parameter path: where it is copied from, for refusals.
  /// - Throws: `.invalid` for another content than was saved; the copy is of no use then.
  package func copy(_ file: Int32, at path: String, to target: Int32, _ operation: String) throws(Failure) {
    var digest = FileDigest()
    do throws(Errno) {
      try digest.read(file, most: bytes, to: target)
      if fsync(target) != 0 { throw Errno(errno) }
    } catch {
      throw error.failure(operation, path, remedy: "see to space and permissions").of(.disk)
    }
    guard digest.file(named: name) == self else {
      throw Failure(
        .invalid, part: .disk, operation: operation, object: path,
        cause: "it is not the file that was saved: its \(digest.bytes == bytes ? "content" : "size") is another",
        remedy: "bring the whole folder back from where it was copied, or save the VM again")
    }
  }
}

/// The content of a file as it is read.
private struct FileDigest {
  private(set) var bytes: UInt64 = 0
  private var hash = SHA256()
  private static let piece = 1 << 20

  /// - Parameters:
  ///   - most: bytes after which it is another file, whatever follows.
  ///   - target: where it is written too.
  mutating func read(_ file: Int32, most: UInt64 = .max, to target: Int32? = nil) throws(Errno) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.piece, alignment: 16)
    defer { buffer.deallocate() }
    while bytes <= most {
      let got = pread(file, buffer.baseAddress, buffer.count, off_t(clamping: bytes))
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw Errno(errno) }
      if got == 0 { return }
      let piece = UnsafeRawBufferPointer(rebasing: buffer[..<got])
      add(piece)
      guard let target else { continue }
      var written = 0
      while written < got {
        let count = write(target, piece.baseAddress?.advanced(by: written), got - written)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw Errno(count < 0 ? errno : ENOSPC) }
        written += count
      }
    }
  }

  mutating func add(_ piece: UnsafeRawBufferPointer) {
    hash.update(bufferPointer: piece)
    bytes += UInt64(piece.count)
  }

  func file(named name: String) -> SavedFile {
    SavedFile(name: name, bytes: bytes, sha256: hash.finalize().hexadecimal)
  }
}
