/// Text that a guest had a hand in, made safe for a terminal: what would steer the terminal becomes visible instead.
///
/// Shown as `\e`, `^G`, `\x9b`, `\u{202e}`: escape sequences, other control characters, bytes that are not UTF-8, and the
/// marks that turn the direction of writing. Works on a stream that may be cut within a character.
package struct HarmlessText: Sendable {
  private var pending: [UInt8] = []

  /// At the beginning of a stream.
  package init() {}

  /// Takes the next bytes, gives the text that is complete.
  package mutating func feed(_ bytes: some Sequence<UInt8>) -> String {
    pending.append(contentsOf: bytes)
    var text = ""
    var index = 0
    while index < pending.count {
      let byte = pending[index]
      if byte == 0x0d {
        // A carriage return alone would overwrite the line; before a line feed it says nothing.
        guard index + 1 < pending.count else { break }
        if pending[index + 1] != 0x0a { text += "\\r" }
        index += 1
      } else if byte < 0x80 {
        text += Self.ascii(byte)
        index += 1
      } else {
        let length = Self.length(of: byte)
        let end = min(index + length, pending.count)
        let proper = Self.properPrefix(pending[index..<end])
        if proper == end - index, proper < length { break }
        if proper == length, let scalar = Self.scalar(pending[index..<end]) {
          text += Self.wide(scalar)
          index = end
        } else {
          text += Self.hexadecimal(byte)
          index += 1
        }
      }
    }
    pending.removeFirst(index)
    return text
  }

  /// What is left when nothing more comes.
  package mutating func finish() -> String {
    defer { pending = [] }
    return pending.map { $0 == 0x0d ? "\\r" : Self.hexadecimal($0) }.joined()
  }

  /// A whole text.
  package static func text(_ text: String) -> String {
    var filter = HarmlessText()
    return filter.feed(text.utf8) + filter.finish()
  }

  /// A whole text in one line.
  package static func line(_ text: String) -> String {
    Self.text(text).split(separator: "\n", omittingEmptySubsequences: true).joined(separator: " ")
  }

  private static func ascii(_ byte: UInt8) -> String {
    switch byte {
    case 0x09, 0x0a: String(UnicodeScalar(byte))
    case 0x1b: "\\e"
    case 0x7f: "^?"
    case ..<0x20: "^" + String(UnicodeScalar(byte + 0x40))
    default: String(UnicodeScalar(byte))
    }
  }

  private static func wide(_ scalar: UnicodeScalar) -> String {
    switch scalar.value {
    case 0x80..<0xa0: hexadecimal(UInt8(scalar.value))
    // Direction (Unicode 16, UAX #9), line and paragraph separators, annotations, byte order mark, tags that nobody sees.
    case 0x061c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x206f, 0xfeff, 0xfff9...0xfffb, 0xe0000...0xe007f:
      "\\u{" + String(scalar.value, radix: 16) + "}"
    default: String(scalar)
    }
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }

  /// Bytes of the character that starts with `byte`; 1 if none does.
  private static func length(of byte: UInt8) -> Int {
    switch byte {
    case 0xc2...0xdf: 2
    case 0xe0...0xef: 3
    case 0xf0...0xf4: 4
    default: 1
    }
  }

  /// How many bytes from the start belong together: the first and the continuation bytes after it.
  private static func properPrefix(_ bytes: ArraySlice<UInt8>) -> Int {
    if bytes.first.map({ length(of: $0) }) == 1 { return 0 }
    return 1 + bytes.dropFirst().prefix { $0 & 0xc0 == 0x80 }.count
  }

  private static func scalar(_ bytes: ArraySlice<UInt8>) -> UnicodeScalar? {
    guard let text = String(validating: bytes, as: UTF8.self), text.unicodeScalars.count == 1 else { return nil }
    return text.unicodeScalars.first
  }
}
