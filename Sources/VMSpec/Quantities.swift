/// Sizes in bytes with a binary unit.
package enum Size {
  package static let mebi: UInt64 = 1 << 20
  package static let tebi: UInt64 = 1 << 40

  /// Powers of 1024 by unit. `M` means MiB as in QEMU; decimal units (`MB`) are not there because nobody agrees on them.
  private static let shifts: [String: UInt64] = [
    "": 0, "B": 0, "K": 10, "KiB": 10, "M": 20, "MiB": 20, "G": 30, "GiB": 30, "T": 40, "TiB": 40,
  ]

  /// Bytes of a text such as `512M`, `1GiB` or `1048576`; nil if it is none or does not fit.
  package static func bytes(_ text: String) -> UInt64? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }
    guard let number = UInt64(digits), let shift = shifts[String(unit)] else { return nil }
    let (result, overflow) = number.multipliedReportingOverflow(by: 1 << shift)
    return overflow ? nil : result
  }

  /// A short text that `bytes` reads back.
  package static func text(_ bytes: UInt64) -> String {
    for (unit, shift) in [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)] as [(String, UInt64)]
    where bytes >= 1 << shift && bytes % (1 << shift) == 0 {
      return "\(bytes >> shift)\(unit)"
    }
    return "\(bytes)"
  }
}

/// Whole seconds with an optional unit.
enum Seconds {
  /// Seconds of a text such as `5`, `5s`, `2m` or `1h`; nil if it is none.
  static func parse(_ text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let factors: [String: Int] = ["": 1, "s": 1, "m": 60, "h": 3600]
    guard let number = Int(digits), let factor = factors[String(text.dropFirst(digits.count))] else { return nil }
    let (result, overflow) = number.multipliedReportingOverflow(by: factor)
    return overflow ? nil : result
  }

  /// A short text that `parse` reads back.
  static func text(_ seconds: Int) -> String {
    if seconds >= 3600, seconds % 3600 == 0 { return "\(seconds / 3600)h" }
    return "\(seconds)s"
  }
}
