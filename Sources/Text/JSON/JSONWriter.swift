/// Writes a JSON value (RFC 8259) in one line, keys in order.
struct JSONWriter {
  private(set) var bytes: [UInt8] = []

  /// Appends a value; false if it holds a number that JSON has no form for.
  mutating func write(_ value: JSON) -> Bool {
    switch value {
    case .null: bytes += "null".utf8
    case .bool(let bool): bytes += (bool ? "true" : "false").utf8
    case .integer(let number): bytes += "\(number)".utf8
    case .double(let number):
      guard number.isFinite else { return false }
      bytes += "\(number)".utf8
    case .string(let text): write(text)
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        guard write(element) else { return false }
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let pairs):
      bytes.append(UInt8(ascii: "{"))
      for (index, pair) in pairs.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        write(pair.key)
        bytes.append(UInt8(ascii: ":"))
        guard write(pair.value) else { return false }
      }
      bytes.append(UInt8(ascii: "}"))
    }
    return true
  }

  private mutating func write(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case ..<0x20:
        let digits = String(byte, radix: 16)
        bytes += (digits.count == 1 ? "\\u000" : "\\u00").utf8
        bytes += digits.utf8
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
