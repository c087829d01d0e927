import Glibc
import Linux

/// The end of a log file.
package enum LogTail {
  /// Most bytes looked at for `lines`.
  package static let window = 256 << 10

  /// The last `count` lines, without line ends.
  package static func lines(_ path: String, _ count: Int) -> [String] {
    let text = String(decoding: end(path, bytes: window), as: UTF8.self)
    var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map(String.init)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.suffix(count).map { $0.hasSuffix("\r") ? String($0.dropLast()) : $0 }
  }

  /// The last line that says something, cut to what fits a table.
  static func lastWords(_ path: String) -> String {
    let line = lines(path, 20).last { !$0.allSatisfy(\.isWhitespace) } ?? ""
    return line.count > 300 ? line.prefix(300) + "…" : line
  }

  /// Up to `limit` bytes from `offset`.
  package static func read(_ path: String, from offset: Int, limit: Int) -> [UInt8] {
    guard let file = try? Files.open(path, O_RDONLY) else { return [] }
    var bytes = [UInt8](repeating: 0, count: limit)
    let got = pread(file.raw, &bytes, limit, off_t(offset))
    return got > 0 ? Array(bytes.prefix(got)) : []
  }

  package static func size(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  /// The last bytes; of a log that was cut by copying, those of the older file come before (see `GuestLog`).
  private static func end(_ path: String, bytes: Int) -> [UInt8] {
    let size = size(path)
    let newest = read(path, from: max(0, size - bytes), limit: min(bytes, size))
    let older = path + ".1"
    let olderSize = Self.size(older)
    guard newest.count < bytes, olderSize > 0 else { return newest }
    let rest = min(bytes - newest.count, olderSize)
    return read(older, from: olderSize - rest, limit: rest) + newest
  }
}
