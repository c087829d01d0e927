/// Numbers with up to three decimals, kept whole as thousandths.
package enum Thousandths {
  /// Thousandths of a text such as `2`, `0.5` or `1.125`; nil if it is none.
  package static func parse(_ text: String) -> Int? {
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
  package static func text(_ thousandths: Int) -> String {
    let (whole, rest) = thousandths.quotientAndRemainder(dividingBy: 1000)
    guard rest != 0 else { return "\(whole)" }
    var decimals = String(1000 + rest).dropFirst()
    while decimals.hasSuffix("0") { decimals = decimals.dropLast() }
    return "\(whole).\(decimals)"
  }

  /// `4.0`, `1.25`: a ratio is shown as one even when it is whole.
  package static func ratio(_ thousandths: Int) -> String {
    let text = Thousandths.text(thousandths)
    return text.contains(".") ? text : text + ".0"
  }
}
