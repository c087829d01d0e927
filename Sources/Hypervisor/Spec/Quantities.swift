/// Sizes in bytes with a binary unit.
public enum Size {
  static let mebi: UInt64 = 1 << 20
  static let tebi: UInt64 = 1 << 40

  /// Powers of 1024 by unit. `M` means MiB as in QEMU; decimal units (`MB`) are not there because nobody agrees on them.
  private static let shifts: [String: UInt64] = [
    "": 0, "B": 0, "K": 10, "KiB": 10, "M": 20, "MiB": 20, "G": 30, "GiB": 30, "T": 40, "TiB": 40,
  ]

  /// Bytes of a text such as `512M`, `1GiB` or `1048576`; nil if it is none or does not fit.
  public static func bytes(_ text: String) -> UInt64? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }
    guard let number = UInt64(digits), let shift = shifts[String(unit)] else { return nil }
    let (result, overflow) = number.multipliedReportingOverflow(by: 1 << shift)
    return overflow ? nil : result
  }

  /// A short text that `bytes` reads back.
  public static func text(_ bytes: UInt64) -> String {
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

/// Numbers with up to three decimals, kept whole as thousandths.
public enum Thousandths {
  /// Thousandths of a text such as `2`, `0.5` or `1.125`; nil if it is none.
  public static func parse(_ text: String) -> Int? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = parts.first, let number = digits(whole), whole.utf8.count <= 9 else {
      return nil
    }
    guard parts.count == 2 else { return number * 1000 }
    guard (1...3).contains(parts[1].utf8.count), let fraction = digits(parts[1]) else { return nil }
    return number * 1000 + fraction * [100, 10, 1][parts[1].utf8.count - 1]
  }

  private static func digits(_ text: Substring) -> Int? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
  }

  /// The shortest text that `parse` reads back.
  public static func text(_ thousandths: Int) -> String {
    let (whole, rest) = thousandths.quotientAndRemainder(dividingBy: 1000)
    guard rest != 0 else { return "\(whole)" }
    var decimals = String(1000 + rest).dropFirst()
    while decimals.hasSuffix("0") { decimals = decimals.dropLast() }
    return "\(whole).\(decimals)"
  }
}

/// IPv4 addresses as people write them.
enum IPv4Text {
  /// The four numbers of a dotted quad without leading zeros; nil otherwise.
  static func octets(_ text: String) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { UInt8($0) }
    guard parts.count == 4, numbers.count == 4, numbers.map(String.init) == parts.map(String.init) else { return nil }
    return numbers
  }

  /// Whether a guest can have it: not this-network, loopback, multicast or reserved (RFC 6890).
  static func isHost(_ octets: [UInt8]) -> Bool {
    guard let first = octets.first else { return false }
    return first != 0 && first != 127 && first < 224
  }
}
