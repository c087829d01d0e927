/// What a value without quotes is by its text alone: the core schema of YAML 1.2 (10.3.2), which JSON is part of. What
/// YAML 1.1 saw in more words, such as `no`, `nan`, `012:30` or a date, is text.
enum PlainScalar: Hashable, Sendable {
  case nothing, truth, whole, number, text

  init(_ text: String) {
    self =
      switch text {
      case "", "~", "null", "Null", "NULL": .nothing
      case "true", "True", "TRUE", "false", "False", "FALSE": .truth
      case ".nan", ".NaN", ".NAN": .number
      default: Self.number(Array(text.utf8)) ?? .text
      }
  }

  private static func number(_ bytes: [UInt8]) -> PlainScalar? {
    func areDigits(_ part: ArraySlice<UInt8>, _ base: Int) -> Bool {
      !part.isEmpty && part.allSatisfy { Character(Unicode.Scalar($0)).hexDigitValue.map { $0 < base } ?? false }
    }
    if bytes.starts(with: Array("0o".utf8)) { return areDigits(bytes.dropFirst(2), 8) ? .whole : nil }
    if bytes.starts(with: Array("0x".utf8)) { return areDigits(bytes.dropFirst(2), 16) ? .whole : nil }
    let signs = Array("+-".utf8)
    var rest = bytes[...]
    if let first = rest.first, signs.contains(first) { rest = rest.dropFirst() }
    if [".inf", ".Inf", ".INF"].contains(where: { Array($0.utf8)[...] == rest }) { return .number }
    if areDigits(rest, 10) { return .whole }
    // [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
    if let mark = rest.firstIndex(where: { $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }) {
      var exponent = rest[(mark + 1)...]
      if let first = exponent.first, signs.contains(first) { exponent = exponent.dropFirst() }
      guard areDigits(exponent, 10) else { return nil }
      rest = rest[..<mark]
    }
    let parts = rest.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    let whole = parts.first ?? []
    let fraction = parts.count == 2 ? parts[1] : []
    guard whole.isEmpty || areDigits(whole, 10), fraction.isEmpty || areDigits(fraction, 10) else { return nil }
    return whole.isEmpty && fraction.isEmpty ? nil : .number
  }
}
