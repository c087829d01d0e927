import Failure
import Glibc
import Linux
import Storage

/// A file that stays open for as long as somebody has this.
final class OpenPart: Sendable {
  let raw: Int32
  /// Its file system may hang: nobody else's work waits for a look then.
  private let queue = BlockingQueue("download look")

  init(_ descriptor: consuming Descriptor) { raw = descriptor.release() }

  // What is not written yet is written by closing, on some file systems.
  deinit { queue.start { [raw] in _ = Glibc.close(raw) } }

  /// Bytes that it has; 0 if nobody can say.
  func sizeNow() async -> UInt64 { await queue.run { [self] in NamedFile.size(raw) ?? 0 } }

  /// Begins it again.
  func clear(_ path: String) async throws(Failure) {
    try await queue.run { [self] () throws(Failure) in
      if ftruncate(raw, 0) != 0 { throw Errno(errno).failure(Downloads.operation, path).of(.disk) }
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Whether all of it is zero.
  var isZero: Bool {
    guard let first = baseAddress, self[0] == 0 else { return isEmpty }
    return memcmp(first, first + 1, count - 1) == 0
  }
}
