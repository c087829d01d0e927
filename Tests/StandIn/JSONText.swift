/// A JSON value as it was written. Reads what a monitor is told, and no more of it than is asked for.
struct JSONText {
  let bytes: ArraySlice<UInt8>

  /// The value of a key; nil if this is no object or does not have it.
  subscript(key: String) -> JSONText? {
    var at = skipBlanks(bytes.startIndex)
    guard at < bytes.endIndex, bytes[at] == UInt8(ascii: "{") else { return nil }
    at += 1
    while true {
      at = skipBlanks(at, and: UInt8(ascii: ","))
      guard at < bytes.endIndex, bytes[at] == UInt8(ascii: "\"") else { return nil }
      let afterName = skipValue(at)
      let name = JSONText(bytes: bytes[at..<afterName]).text
      let start = skipBlanks(afterName, and: UInt8(ascii: ":"))
      let end = skipValue(start)
      guard end > start else { return nil }
      if name == key { return JSONText(bytes: bytes[start..<end]) }
      at = end
    }
  }

  /// The text between the quotes, escapes as they stand; nil if it is none.
  var text: String? {
    guard bytes.count >= 2, bytes.first == UInt8(ascii: "\"") else { return nil }
    return String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)
  }

  /// The whole number, if it is one.
  var number: Int? { Int(written) }

  /// As it was written.
  var written: String { String(decoding: bytes, as: UTF8.self) }

  private func skipBlanks(_ from: Int, and other: UInt8 = 0x20) -> Int {
    var at = from
    while at < bytes.endIndex {
      switch bytes[at] {
      case 0x20, 0x09, 0x0a, 0x0d, other: at += 1
      default: return at
      }
    }
    return at
  }

  /// The end of the value that begins at `from`.
  private func skipValue(_ from: Int) -> Int {
    var (at, depth, isInText) = (from, 0, false)
    while at < bytes.endIndex {
      let byte = bytes[at]
      if isInText {
        if byte == UInt8(ascii: "\\") { at += 1 }
        if byte == UInt8(ascii: "\"") { isInText = false }
        if !isInText, depth == 0 { return at + 1 }
      } else if byte == UInt8(ascii: "\"") {
        isInText = true
      } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
        depth += 1
      } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
        // The end of what this value is in.
        if depth == 0 { return at }
        depth -= 1
        if depth == 0 { return at + 1 }
      } else if depth == 0, byte == UInt8(ascii: ",") {
        return at
      }
      at += 1
    }
    return bytes.endIndex
  }
}
