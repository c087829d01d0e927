import Glibc
import Linux

/// One file of the event log, open.
final class EventSegment {
  let inode: UInt64
  private let file: Descriptor

  init?(_ path: String) {
    guard let file = try? Files.open(path, O_RDONLY) else { return nil }
    var status = stat()
    guard fstat(file.raw, &status) == 0 else { return nil }
    inode = UInt64(status.st_ino)
    self.file = file
  }

  /// Bytes that it has now.
  var size: Int {
    var status = stat()
    return fstat(file.raw, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Whole lines from byte `start` on, about `count` bytes of them, but one at least; nil if there is none.
  func lines(from start: Int, about count: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    while true {
      let more = read(from: start + bytes.count, count)
      bytes += more
      if let end = bytes.lastIndex(of: UInt8(ascii: "\n")) { return Array(bytes[...end]) }
      if more.isEmpty { return nil }
    }
  }

  /// Calls `body` with each whole line, last first, and the byte at which it begins, until it returns false. What stands
  /// behind the last end of a line is none yet.
  func linesBackwards(_ body: (ArraySlice<UInt8>, Int) -> Bool) {
    var start = size
    var bytes: [UInt8] = []
    var isWhole = false
    while start > 0 {
      let count = min(start, EventSegments.pageSize)
      start -= count
      let more = read(from: start, count)
      // It was cut meanwhile.
      guard more.count == count else { return }
      bytes = more + bytes
      while let end = bytes.lastIndex(of: UInt8(ascii: "\n")) {
        if isWhole, !body(bytes[(end + 1)...], start + end + 1) { return }
        isWhole = true
        bytes.removeSubrange(end...)
      }
    }
    if isWhole { _ = body(bytes[...], 0) }
  }

  /// Up to `count` bytes from `start` on; fewer only at the end.
  private func read(from start: Int, _ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var got = 0
    while got < count {
      let part = bytes.withUnsafeMutableBytes {
        pread(file.raw, $0.baseAddress?.advanced(by: got), count - got, off_t(start + got))
      }
      if part < 0, errno == EINTR { continue }
      guard part > 0 else { break }
      got += part
    }
    bytes.removeSubrange(got...)
    return bytes
  }
}
