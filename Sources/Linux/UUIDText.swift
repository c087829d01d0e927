/// The canonical text form of a UUID (RFC 9562): 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12.
public enum UUIDText {
  /// The two halves of a UUID; nil for a text in another form.
  public static func parse(_ text: String) -> (high: UInt64, low: UInt64)? {
    let bytes = Array(text.utf8)
    guard bytes.count == 36 else { return nil }
    var (high, low): (UInt64, UInt64) = (0, 0)
    var digits = 0
    for (index, byte) in bytes.enumerated() {
      if [8, 13, 18, 23].contains(index) {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let value = Character(UnicodeScalar(byte)).hexDigitValue else { return nil }
      if digits < 16 { high = high << 4 | UInt64(value) } else { low = low << 4 | UInt64(value) }
      digits += 1
    }
    return (high, low)
  }

  /// The text, lower case.
  public static func text(_ high: UInt64, _ low: UInt64) -> String {
    String(unsafeUninitializedCapacity: 36) { place in
      var length = 0
      for index in 0..<32 {
        if index == 8 || index == 12 || index == 16 || index == 20 {
          place[length] = UInt8(ascii: "-")
          length += 1
        }
        let digit = UInt8((index < 16 ? high : low) >> UInt64(60 - (index % 16) * 4) & 15)
        place[length] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        length += 1
      }
      return length
    }
  }
}
