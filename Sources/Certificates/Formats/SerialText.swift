import X509

/// Serial numbers as texts: hexadecimal, small letters, two digits a byte, no separators.
enum SerialText {
  /// Most bytes of a serial number (RFC 5280, section 4.1.2.2).
  static let mostBytes = 20

  /// The text of a number's bytes, the high end first.
  static func text(_ bytes: some Collection<UInt8>) -> String {
    bytes.isEmpty ? "00" : bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The bytes of a text without leading zeros; nil if it is none.
  static func bytes(_ text: String) -> [UInt8]? {
    let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2), !digits.isEmpty else { return nil }
    let bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    return Array(bytes.drop { $0 == 0 })
  }

  /// A text as people paste it, with colons, spaces or large letters, in the one form.
  static func canonical(_ text: String) -> String? {
    bytes(text.lowercased().filter { $0 != ":" && $0 != " " }).map { Self.text($0) }
  }

  /// A random positive one that has all of its bytes.
  static func random() -> Certificate.SerialNumber {
    var generator = SystemRandomNumberGenerator()
    return random(&generator)
  }

  /// The same from a generator.
  static func random(_ generator: inout some RandomNumberGenerator) -> Certificate.SerialNumber {
    var bytes = (0..<mostBytes).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
    bytes[0] = UInt8.random(in: 1...0x7f, using: &generator)
    return Certificate.SerialNumber(bytes: bytes)
  }
}
