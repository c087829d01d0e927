/// Fields of a text of the kernel, read in place: lines, with blanks between their fields.
struct KernelFields {
  private let text: UnsafeRawBufferPointer
  private var index: Int

  init(_ text: UnsafeRawBufferPointer, at index: Int = 0) {
    self.text = text
    self.index = index
  }

  /// A word of it, which may be compared with a literal.
  struct Word {
    fileprivate let bytes: UnsafeRawBufferPointer

    var text: String { String(decoding: bytes, as: UTF8.self) }

    static func ~= (literal: StaticString, word: Word) -> Bool {
      literal.withUTF8Buffer { word.bytes.elementsEqual($0) }
    }
  }

  private func isEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") }

  private mutating func skipBlanks() {
    while index < text.count, text[index] == UInt8(ascii: " ") { index += 1 }
  }

  /// Passes over fields of this line, whatever they hold.
  mutating func skip(_ count: Int) -> Bool {
    for _ in 0..<count where word() == nil { return false }
    return true
  }

  /// The next field of this line; nil at its end.
  /// - Parameter end: ends the field too, and is passed over.
  mutating func word(before end: UInt8? = nil) -> Word? {
    skipBlanks()
    let start = index
    while index < text.count, !isEnd(text[index]), text[index] != end { index += 1 }
    guard index > start else { return nil }
    defer { if index < text.count, text[index] == end { index += 1 } }
    return Word(bytes: UnsafeRawBufferPointer(rebasing: text[start..<index]))
  }

  /// The next field, if it is a number without sign that fits, or begins with one.
  mutating func number() -> UInt64? {
    skipBlanks()
    let start = index
    var number: UInt64 = 0
    while index < text.count, case let digit = text[index] &- UInt8(ascii: "0"), digit < 10 {
      let (tens, tooMany) = number.multipliedReportingOverflow(by: 10)
      let (sum, tooMuch) = tens.addingReportingOverflow(UInt64(digit))
      if tooMany || tooMuch { return nil }
      number = sum
      index += 1
    }
    return index > start ? number : nil
  }

  /// The next field, if it is a number with two digits behind the point; in hundredths.
  mutating func hundredths() -> UInt64? {
    guard let whole = number(), index < text.count, text[index] == UInt8(ascii: ".") else { return nil }
    index += 1
    let start = index
    guard let rest = number(), index == start + 2 else { return nil }
    let (hundred, tooMuch) = whole.multipliedReportingOverflow(by: 100)
    return tooMuch ? nil : hundred &+ rest
  }

  /// Goes to the next line; false at the end of the text.
  mutating func nextLine() -> Bool {
    while index < text.count, text[index] != UInt8(ascii: "\n") { index += 1 }
    index += 1
    return index < text.count
  }
}
