/// Hexadecimal digits, all of them.
package enum Hex {
  /// As many digits as the type has, in small letters.
  package static func text<I: FixedWidthInteger>(_ number: I) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: I.bitWidth / 4 - digits.count) + digits
  }
}
