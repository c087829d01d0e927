import Failure

/// What vmfetch has written of an answer. The values are a stranger's words.
package struct FetchReport: Hashable, Sendable {
  /// 0 before the head has come.
  package var status = 0
  /// Of the whole file; nil if the server does not say.
  package var total: UInt64?
  /// By which the rest of the same version can be asked for; empty if it cannot.
  package var validator = ""
  package var location: String?
  /// How it ended; nil while it goes on, and of a vmfetch that was ended.
  package var end: End?
  /// Words to that.
  package var words = ""

  package enum End: String, Sendable {
    /// All that the server sends has come.
    case whole
    /// No body was taken: the status is none of a file.
    case status
    /// More than may come.
    case most
    case disk, certificate, interrupted, silent, refused, abandoned
  }

  /// Most bytes that are looked at.
  package static let longest = 64 << 10

  package init(_ bytes: [UInt8] = []) {
    // A line that is still being written has no end.
    let text = String(decoding: bytes, as: UTF8.self)
    for line in text[..<(text.lastIndex(of: "\n") ?? text.startIndex)].split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count > 1 ? String(parts[1]) : ""
      switch parts[0] {
      case "status": status = Int(value) ?? 0
      case "total": total = UInt64(value)
      case "validator": validator = value
      case "location": location = value
      case "end":
        let words = value.split(separator: " ", maxSplits: 1).map(String.init)
        end = words.first.flatMap { End(rawValue: $0) }
        self.words = words.count > 1 ? words[1] : ""
      default: break
      }
    }
  }
}
