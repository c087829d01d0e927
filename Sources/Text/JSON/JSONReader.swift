/// Reads one JSON value (RFC 8259) in one pass: every answer of every hypervisor comes through here, several times a
/// second for each of a thousand VMs. What people write is read by the same rules, see `document`.
package struct JSONReader {
  package let bytes: [UInt8]
  package var index = 0
  /// Brackets that may be open at a time.
  package let maxDepth: Int
  /// The rule that was broken where reading ended.
  package private(set) var problem: StaticString?
  /// Values that may still come: each takes many times the bytes that it is written with.
  private var valuesLeft: Int

  package init(_ bytes: [UInt8], maxDepth: Int, maxValues: Int = .max) {
    self.bytes = bytes
    self.maxDepth = maxDepth
    valuesLeft = maxValues
  }

  /// The value; nil if the bytes are anything but one value with blanks around it.
  package mutating func read() -> JSON? {
    guard let value = value(depth: 0) else { return nil }
    skipBlanks()
    return index == bytes.count ? value : nil
  }

  package var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  package static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 }

  package mutating func skipBlanks() {
    while let byte = next, Self.isBlank(byte) { index += 1 }
  }

  /// Ends reading at this place; the first rule that was broken stays.
  package mutating func fail<T>(_ rule: StaticString) -> T? {
    if problem == nil { problem = rule }
    return nil
  }

  package mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    index += 1
    return true
  }

  private mutating func value(depth: Int) -> JSON? {
    guard valuesLeft > 0 else { return nil }
    valuesLeft -= 1
    skipBlanks()
    switch next {
    case UInt8(ascii: "{"): return depth < maxDepth ? object(depth: depth + 1) : nil
    case UInt8(ascii: "["): return depth < maxDepth ? array(depth: depth + 1) : nil
    case UInt8(ascii: "\""): return string().map { .string($0) }
    case UInt8(ascii: "t"): return word("true", .bool(true))
    case UInt8(ascii: "f"): return word("false", .bool(false))
    case UInt8(ascii: "n"): return word("null", .null)
    default: return number()
    }
  }

  package mutating func word(_ text: StaticString, _ value: JSON) -> JSON? {
    for offset in 0..<text.utf8CodeUnitCount where !take(text.utf8Start[offset]) {
      return fail("a value is true, false, null, a number, or a text in double quotes")
    }
    return value
  }

  private mutating func object(depth: Int) -> JSON? {
    index += 1
    var pairs: [String: JSON] = [:]
    skipBlanks()
    if take(UInt8(ascii: "}")) { return .object(pairs) }
    while true {
      skipBlanks()
      guard let key = string() else { return nil }
      skipBlanks()
      guard take(UInt8(ascii: ":")), let value = value(depth: depth) else { return nil }
      pairs[key] = value
      skipBlanks()
      if take(UInt8(ascii: "}")) { return .object(pairs) }
      guard take(UInt8(ascii: ",")) else { return nil }
    }
  }

  private mutating func array(depth: Int) -> JSON? {
    index += 1
    var elements: [JSON] = []
    skipBlanks()
    if take(UInt8(ascii: "]")) { return .array(elements) }
    while true {
      guard let value = value(depth: depth) else { return nil }
      elements.append(value)
      skipBlanks()
      if take(UInt8(ascii: "]")) { return .array(elements) }
      guard take(UInt8(ascii: ",")) else { return nil }
    }
  }

  // MARK: numbers

  /// What has no fraction and fits is whole; anything else that is finite is not.
  package mutating func number() -> JSON? {
    let start = index
    let isNegative = take(UInt8(ascii: "-"))
    guard let first = next else { return fail("a value is missing") }
    var whole: Int64? = 0
    if first == UInt8(ascii: "0") {
      index += 1
    } else {
      guard digits({ digit in whole = Self.appending(digit, to: whole, isNegative) }) else {
        return fail("a value is true, false, null, a number, or a text in double quotes")
      }
    }
    let end = index
    if take(UInt8(ascii: ".")), !digits({ _ in }) { return fail("a number has digits behind its point") }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      if !digits({ _ in }) { return fail("a number has digits in its exponent") }
    }
    if index == end, let whole { return .integer(whole) }
    guard let double = Double(String(decoding: bytes[start..<index], as: UTF8.self)), double.isFinite else {
      return fail("the number is too large")
    }
    // 1e3 is a whole number too.
    return Int64(exactly: double).map { .integer($0) } ?? .double(double)
  }

  private static func appending(_ digit: UInt8, to number: Int64?, _ isNegative: Bool) -> Int64? {
    guard let number else { return nil }
    let (tens, tooMany) = number.multipliedReportingOverflow(by: 10)
    let (sum, tooMuch) =
      isNegative ? tens.subtractingReportingOverflow(Int64(digit)) : tens.addingReportingOverflow(Int64(digit))
    return tooMany || tooMuch ? nil : sum
  }

  /// Passes over digits; false if there is none.
  private mutating func digits(_ body: (UInt8) -> Void) -> Bool {
    let start = index
    while let byte = next, case let digit = byte &- UInt8(ascii: "0"), digit < 10 {
      body(digit)
      index += 1
    }
    return index > start
  }

  // MARK: texts

  package mutating func string() -> String? {
    guard take(UInt8(ascii: "\"")) else { return fail("a key is a text in double quotes") }
    let start = index
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        defer { index += 1 }
        return String(validating: bytes[start..<index], as: UTF8.self) ?? fail("the text is not UTF-8")
      case UInt8(ascii: "\\"): return escapedString(Array(bytes[start..<index]))
      case ..<0x20: return fail(Self.control)
      default: index += 1
      }
    }
    return fail(Self.endless)
  }

  private static let control: StaticString =
    "line ends, tabs and other control characters are written as \\n, \\t or \\u00.. in a text"
  private static let endless: StaticString = "the text has no closing quote"
  private static let escapes: StaticString = "what follows a backslash is one of \" \\ / b f n r t u"
  private static let surrogates: StaticString =
    "half of a pair of surrogates is no character: \\ud800 to \\udbff is followed by \\udc00 to \\udfff"

  /// The rest of a text from its first escape on.
  private mutating func escapedString(_ beginning: [UInt8]) -> String? {
    var text = beginning
    while let byte = next {
      index += 1
      switch byte {
      case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self) ?? fail("the text is not UTF-8")
      case UInt8(ascii: "\\"):
        guard let scalar = escape() else { return nil }
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      case ..<0x20: return fail(Self.control)
      default: text.append(byte)
      }
    }
    return fail(Self.endless)
  }

  private mutating func escape() -> Unicode.Scalar? {
    guard let byte = next else { return fail(Self.endless) }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return codeUnits()
    default: return fail(Self.escapes)
    }
  }

  /// `\uXXXX`, twice for what lies beyond the first plane.
  private mutating func codeUnits() -> Unicode.Scalar? {
    guard let first = hexadecimal() else { return nil }
    guard UTF16.isLeadSurrogate(first) else { return Unicode.Scalar(first) ?? fail(Self.surrogates) }
    guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), let second = hexadecimal(),
      UTF16.isTrailSurrogate(second)
    else { return fail(Self.surrogates) }
    return UTF16.decode(UTF16.EncodedScalar([first, second]))
  }

  private mutating func hexadecimal() -> UInt16? {
    guard index + 4 <= bytes.count else { return fail("\\u has four hexadecimal digits behind it") }
    var number: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue, bytes[index] < 0x80 else {
        return fail("\\u has four hexadecimal digits behind it")
      }
      number = number << 4 | UInt16(digit)
      index += 1
    }
    return number
  }
}
