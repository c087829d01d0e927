import IPC
import Linux
import Text

/// A whole number in a range.
struct IntegerRule: Sendable {
  let range: ClosedRange<Int>

  init(_ range: ClosedRange<Int>) { self.range = range }

  /// In words.
  var text: String { "a whole number from \(range.lowerBound) to \(range.upperBound)" }

  func broken(_ number: Int) -> BrokenRule? { range.contains(number) ? nil : refusal(of: "\(number)") }

  /// - Parameter quoted: whether it stands in quotes, which makes it no number.
  func refusal(of written: String, quoted: Bool = false) -> BrokenRule {
    BrokenRule("must be \(text), not `\(written)`", remedy: "write \(text)\(quoted ? " without quotes" : "")")
  }
}

/// A number of bytes in a range.
struct SizeRule: Sendable {
  let range: ClosedRange<UInt64>
  /// It has to be a multiple of this.
  let step: UInt64
  let example: String

  func broken(_ bytes: UInt64) -> BrokenRule? { broken(bytes, written: Size.text(bytes)) }

  /// - Parameter written: how it stands in the document.
  func broken(_ bytes: UInt64, written: String) -> BrokenRule? {
    guard range.contains(bytes) else {
      return BrokenRule(
        "\(written) is out of range: it must be from \(Size.text(range.lowerBound)) to \(Size.text(range.upperBound))",
        remedy: "write a size such as \(example)")
    }
    guard bytes % step == 0 else {
      return BrokenRule(
        "\(written) is not a multiple of \(Size.text(step))", remedy: "write a size such as \(example)")
    }
    return nil
  }
}

/// Whole seconds in a range.
struct SecondsRule: Sendable {
  let range: ClosedRange<Int>

  init(_ range: ClosedRange<Int>) { self.range = range }

  func broken(_ seconds: Int) -> BrokenRule? { range.contains(seconds) ? nil : refusal(of: "\(seconds)") }

  func refusal(of written: String) -> BrokenRule {
    BrokenRule(
      "`\(written)` is not a time from \(Seconds.text(range.lowerBound)) to \(Seconds.text(range.upperBound))",
      remedy: "write a time such as 5s, 2m or 1h")
  }
}

/// Thousandths of a number in a range.
struct ThousandthsRule: Sendable {
  let range: ClosedRange<Int>
  let example: String

  func broken(_ value: Int) -> BrokenRule? { range.contains(value) ? nil : refusal(of: Thousandths.text(value)) }

  func refusal(of written: String) -> BrokenRule {
    BrokenRule(
      "must be a number from \(Thousandths.text(range.lowerBound)) to \(Thousandths.text(range.upperBound)), not "
        + "`\(written)`", remedy: "write a number such as \(example)")
  }
}

/// A text.
struct TextRule: Sendable {
  /// Bytes.
  let most: Int
  /// Whether it may have several lines, as a file has.
  var isFile = false

  func broken(_ text: String) -> BrokenRule? {
    if text.utf8.count > most {
      return BrokenRule("has \(text.utf8.count) bytes, \(most) is the most", remedy: "shorten it")
    }
    if isFile {
      return text.utf8.contains(0) ? BrokenRule("contains a zero byte", remedy: "remove it") : nil
    }
    return text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f }
      ? BrokenRule("contains a control character", remedy: "remove it") : nil
  }
}

/// How many elements a list may have.
struct CountRule: Sendable {
  let most: Int

  func broken(_ count: Int) -> BrokenRule? {
    count > most ? BrokenRule("has \(count) elements, \(most) is the most", remedy: "remove \(count - most)") : nil
  }
}
