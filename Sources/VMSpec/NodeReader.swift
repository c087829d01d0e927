import Failure
import Text

/// One value of the document with its place, and the conversions that name the broken rule.
struct ValueReader {
  let node: DocumentNode
  /// Key path such as `disks[0].size`; empty for the whole document.
  let path: String
  let voice: SpecVoice
  /// Line of the value.
  var line: Int { node.line }

  init(_ node: DocumentNode, path: String, voice: SpecVoice) {
    self.node = node
    self.path = path
    self.voice = voice
  }

  /// The refusal of this value.
  func refusal(_ cause: String, remedy: String) -> Failure {
    voice.refusal(path: path, line: line, cause: cause, remedy: remedy)
  }

  /// The text of any scalar, and whether it was written without quotes.
  private func scalar(_ wanted: String, remedy: String) throws(Failure) -> (text: String, plain: Bool) {
    guard case .scalar(let text, let plain) = node.content else {
      throw refusal("must be \(wanted), not a \(kind)", remedy: remedy)
    }
    if node.isNothing { throw refusal("must be \(wanted), not empty", remedy: "give it a value or remove the key") }
    return (text, plain)
  }

  private var kind: String {
    switch node.content {
    case .mapping: "mapping"
    case .list: "list"
    case .scalar: "single value"
    }
  }

  /// A text; numbers and truth values have to be quoted to be one.
  func string(limit: Int) throws(Failure) -> String {
    let (text, plain) = try scalar("a string", remedy: "write one value")
    if plain, PlainScalar(text) != .text {
      throw refusal("must be a string, not `\(text)`", remedy: "put it in quotes: \"\(text)\"")
    }
    return try bounded(text, limit: limit)
  }

  /// The text of a scalar as it is written, whatever its type.
  func word(limit: Int) throws(Failure) -> String {
    try bounded(try scalar("a string", remedy: "write one value").text, limit: limit)
  }

  /// A text of several lines, such as a file; numbers and truth values have to be quoted to be one.
  func text(limit: Int) throws(Failure) -> String {
    let (text, plain) = try scalar("a text", remedy: "write `|` and the lines below it, indented")
    if plain, PlainScalar(text) != .text {
      throw refusal("must be a text, not `\(text)`", remedy: "put it in quotes: \"\(text)\"")
    }
    if text.utf8.count > limit {
      throw refusal("has \(text.utf8.count) bytes, \(limit) is the most", remedy: "shorten it")
    }
    if text.utf8.contains(0) { throw refusal("contains a zero byte", remedy: "remove it") }
    return text
  }

  /// Whole seconds in a range, with or without a unit.
  func seconds(_ range: ClosedRange<Int>) throws(Failure) -> Int {
    let text = try word(limit: 64)
    guard let seconds = Seconds.parse(text), range.contains(seconds) else {
      throw refusal(
        "`\(text)` is not a time from \(Seconds.text(range.lowerBound)) to \(Seconds.text(range.upperBound))",
        remedy: "write a time such as 5s, 2m or 1h")
    }
    return seconds
  }

  /// Thousandths of a number with at most three decimals.
  func thousandths(_ range: ClosedRange<Int>, example: String) throws(Failure) -> Int {
    let text = try word(limit: 64)
    let rule = "a number from \(Thousandths.text(range.lowerBound)) to \(Thousandths.text(range.upperBound))"
    guard let value = Thousandths.parse(text), range.contains(value) else {
      throw refusal("must be \(rule), not `\(text)`", remedy: "write a number such as \(example)")
    }
    return value
  }

  private func bounded(_ text: String, limit: Int) throws(Failure) -> String {
    if text.utf8.count > limit {
      throw refusal("has \(text.utf8.count) bytes, \(limit) is the most", remedy: "shorten it")
    }
    if text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
      throw refusal("contains a control character", remedy: "remove it")
    }
    return text
  }

  /// A whole number in a range.
  func integer(_ range: ClosedRange<Int>) throws(Failure) -> Int {
    let rule = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    let (text, plain) = try scalar(rule, remedy: "write \(rule)")
    guard plain, let number = Int(text), range.contains(number) else {
      throw refusal("must be \(rule), not `\(text)`", remedy: "write \(rule)\(plain ? "" : " without quotes")")
    }
    return number
  }

  /// `true` or `false`.
  func bool() throws(Failure) -> Bool {
    let (text, plain) = try scalar("true or false", remedy: "write true or false")
    guard plain, text == "true" || text == "false" else {
      throw refusal("must be true or false, not `\(text)`", remedy: "write true or false without quotes")
    }
    return text == "true"
  }

  /// One of the words of an enumeration.
  func choice<T: CaseIterable & RawRepresentable<String>>(_: T.Type = T.self) throws(Failure) -> T {
    let words = T.allCases.map(\.rawValue)
    let list = words.joined(separator: ", ")
    let (text, _) = try scalar("one of \(list)", remedy: "write one of \(list)")
    if let value = T(rawValue: text) { return value }
    let near = Suggestion.nearest(to: text, among: words).map { "did you mean `\($0)`? " } ?? ""
    throw refusal("must be one of \(list), not `\(text)`", remedy: "\(near)write one of \(list)")
  }

  /// A number of bytes, with or without a unit.
  func size(_ range: ClosedRange<UInt64>, operation: UInt64, example: String) throws(Failure) -> UInt64 {
    let (text, _) = try scalar("a size", remedy: "write a size such as \(example)")
    guard let bytes = Size.bytes(text) else {
      throw refusal(
        "`\(text)` is not a size", remedy: "write a whole number and a unit, KiB, MiB, GiB or TiB, such as \(example)")
    }
    guard range.contains(bytes) else {
      throw refusal(
        "\(text) is out of range: it must be from \(Size.text(range.lowerBound)) to \(Size.text(range.upperBound))",
        remedy: "write a size such as \(example)")
    }
    guard bytes % operation == 0 else {
      throw refusal("\(text) is not a multiple of \(Size.text(operation))", remedy: "write a size such as \(example)")
    }
    return bytes
  }

  /// The elements of a list.
  func list(limit: Int) throws(Failure) -> [ValueReader] {
    guard case .list(let elements) = node.content else {
      throw refusal("must be a list, not a \(kind)", remedy: "write one `- ` entry per element, or [] for none")
    }
    if elements.count > limit {
      throw refusal("has \(elements.count) elements, \(limit) is the most", remedy: "remove \(elements.count - limit)")
    }
    return elements.enumerated().map { ValueReader($1, path: "\(path)[\($0)]", voice: voice) }
  }

  /// The pairs of a mapping whose keys are the user's own.
  func pairs() throws(Failure) -> [(key: String, value: ValueReader)] {
    guard case .mapping(let mapping) = node.content else {
      throw refusal(
        "must be a mapping of keys to values, not a \(kind)", remedy: "write `key: value` lines, or {} for none")
    }
    return mapping.map { pair in
      let below = path.isEmpty ? pair.key : "\(path).\(pair.key)"
      // A value may be an alias of one far away: the place is that of its key.
      let value = DocumentNode(content: pair.value.content, line: pair.line)
      return (pair.key, ValueReader(value, path: below, voice: voice))
    }
  }

  /// The mapping with the keys of a table.
  func fields<Key: CaseIterable & RawRepresentable<String> & Hashable>(_: Key.Type) throws(Failure) -> FieldReader<Key>
  {
    try FieldReader(self)
  }
}

/// A mapping with a fixed set of keys. Making it refuses every key outside the table.
struct FieldReader<Key: CaseIterable & RawRepresentable<String> & Hashable> {
  let place: ValueReader
  private var values: [Key: ValueReader] = [:]

  init(_ place: ValueReader) throws(Failure) {
    self.place = place
    let known = Key.allCases.map(\.rawValue)
    for (name, value) in try place.pairs() {
      guard let key = Key(rawValue: name) else {
        let near = Suggestion.nearest(to: name, among: known).map { "did you mean `\($0)`? " } ?? ""
        throw value.refusal("unknown key", remedy: "\(near)known keys: \(known.joined(separator: ", "))")
      }
      values[key] = value
    }
  }

  /// The value of a key; nil if the document does not have it.
  subscript(key: Key) -> ValueReader? { values[key] }

  /// The value of a key that has to be there.
  func required(_ key: Key, remedy: String) throws(Failure) -> ValueReader {
    if let value = values[key] { return value }
    let path = place.path.isEmpty ? key.rawValue : "\(place.path).\(key.rawValue)"
    throw place.voice.refusal(path: path, line: place.line, cause: "the key is missing", remedy: remedy)
  }
}
