/// The head of a server's answer, as far as it matters.
struct Head {
  /// 0 before the first line has come.
  var status = 0
  var length: UInt64?
  /// Of `Content-Range: bytes START-END/TOTAL`.
  var rangeStart: UInt64?
  var rangeTotal: UInt64?
  var entityTag = ""
  var modified = ""
  var location = ""
  var encoding = ""

  /// Takes one line. An answer may have several heads: each begins with its status.
  mutating func take(_ line: String) {
    if line.hasPrefix("HTTP/") {
      self = Head()
      let words = line.split(separator: " ")
      status = words.count > 1 ? Int(words[1]) ?? 0 : 0
      return
    }
    guard let colon = line.firstIndex(of: ":") else { return }
    let value = String(line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
    switch line[..<colon].lowercased() {
    case "content-length": length = UInt64(value)
    case "content-range": takeRange(value)
    case "etag": entityTag = value
    case "last-modified": modified = value
    case "location": location = value
    case "content-encoding": encoding = value
    default: break
    }
  }

  private mutating func takeRange(_ value: String) {
    guard value.lowercased().hasPrefix("bytes ") else { return }
    let parts = value.dropFirst(6).split(separator: "/")
    guard parts.count == 2, let start = parts[0].split(separator: "-").first else { return }
    (rangeStart, rangeTotal) = (UInt64(start), UInt64(parts[1]))
  }

  /// Longest tag that is asked for once more: it has to fit into an order.
  private static let longest = 1024

  /// By which the same version is asked for once more: a strong tag, or a date; empty for none (RFC 9110, 13.1.5).
  var validator: String {
    let value = entityTag.isEmpty ? modified : entityTag.hasPrefix("\"") ? entityTag : ""
    // What a report cannot have whole is none.
    return value.utf8.count <= Self.longest && value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f } ? value : ""
  }
}
