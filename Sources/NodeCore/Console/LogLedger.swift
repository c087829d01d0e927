import Glibc
import Linux

/// What has been cut off the front of a log, so that a place in it keeps its number for ever.
///
/// A line in a file beside the log. A cut is announced in it before it is made, so that after a crash in between one can
/// tell whether it was.
struct LogLedger: Hashable, Sendable {
  /// Bytes that were cut off so far: the number of the log's first byte.
  var removed: UInt64 = 0
  /// The cut that is being made.
  var pending: Cut?

  struct Cut: Hashable, Sendable {
    /// Bytes that go.
    var length: UInt64
    /// The file's size before.
    var size: UInt64
    /// The file's first bytes before.
    var head: [UInt8]
  }

  /// How many bytes of the head are compared.
  static let headLength = 64

  /// Finds out whether the pending cut was made, and counts it: the file has become shorter, or begins with something else.
  mutating func settle(size: UInt64, head: [UInt8]) -> Bool {
    guard let cut = pending else { return false }
    pending = nil
    guard size < cut.size || head != cut.head else { return false }
    removed += cut.length
    return true
  }

  /// The line.
  var text: String {
    guard let cut = pending else { return "\(removed)\n" }
    let head = cut.head.map { String(Int($0) + 256, radix: 16).dropFirst() }.joined()
    return "\(removed) \(cut.length) \(cut.size) \(head)\n"
  }

  init() {}

  /// Reads the line; nil if it is none.
  init?(text: String) {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count == 1 || words.count >= 3, let removed = Self.number(words[0]) else { return nil }
    self.removed = removed
    guard words.count >= 3 else { return }
    guard let length = Self.number(words[1]), let size = Self.number(words[2]) else { return nil }
    var head: [UInt8] = []
    var digits = words.count > 3 ? words[3] : ""
    while digits.count >= 2 {
      guard let byte = UInt8(digits.prefix(2), radix: 16) else { return nil }
      head.append(byte)
      digits = digits.dropFirst(2)
    }
    pending = Cut(length: length, size: size, head: head)
  }

  /// A number that adds up with others to one that fits: an exbibyte is more than any log ever had.
  private static func number(_ text: Substring) -> UInt64? { UInt64(text).flatMap { $0 < 1 << 60 ? $0 : nil } }

  /// Reads the file; one that is not there or unreadable says that nothing was cut.
  static func load(_ path: String) -> LogLedger {
    (try? Files.readText(path, limit: 4096)).flatMap(LogLedger.init(text:)) ?? LogLedger()
  }

  /// Writes the file, durably.
  func save(_ path: String) throws(Errno) { try Files.replace(path, with: Array(text.utf8)) }
}
