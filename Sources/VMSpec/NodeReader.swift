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

  /// Refuses what breaks a rule.
  func hold(_ broken: BrokenRule?) throws(Failure) {
    if let broken { throw refusal(broken.cause, remedy: broken.remedy) }
  }

  /// A text; numbers and truth values have to be quoted to be one.
  func string(_ rule: (String) -> BrokenRule?) throws(Failure) -> String {
    try quoted("a string", remedy: "write one value", rule)
  }

  /// A text of several lines, such as a file; numbers and truth values have to be quoted to be one.
  func file(_ rule: TextRule) throws(Failure) -> String {
    try quoted("a text", remedy: "write `|` and the lines below it, indented", rule.broken)
  }

  private func quoted(_ wanted: String, remedy: String, _ rule: (String) -> BrokenRule?) throws(Failure) -> String {
    let (text, plain) = try scalar(wanted, remedy: remedy)
    if plain, PlainScalar(text) != .text {
      throw refusal("must be \(wanted), not `\(text)`", remedy: "put it in quotes: \"\(text)\"")
    }
    try hold(rule(text))
    return text
  }

  /// The text of a scalar as it is written, whatever its type.
  func word(_ rule: (String) -> BrokenRule?) throws(Failure) -> String {
    let text = try scalar("a string", remedy: "write one value").text
    try hold(rule(text))
    return text
  }

  /// Longest number or time that somebody writes.
  private static let shortWord = TextRule(most: 64)

  /// Whole seconds in a range, with or without a unit.
  func seconds(_ rule: SecondsRule) throws(Failure) -> Int {
    let text = try word(Self.shortWord.broken)
    guard let seconds = Seconds.parse(text), rule.broken(seconds) == nil else {
      let broken = rule.refusal(of: text)
      throw refusal(broken.cause, remedy: broken.remedy)
    }
    return seconds
  }

  /// Thousandths of a number with at most three decimals.
  func thousandths(_ rule: ThousandthsRule) throws(Failure) -> Int {
    let text = try word(Self.shortWord.broken)
    guard let value = Thousandths.parse(text), rule.broken(value) == nil else {
      let broken = rule.refusal(of: text)
      throw refusal(broken.cause, remedy: broken.remedy)
    }
    return value
  }

  /// A whole number in a range.
  func integer(_ rule: IntegerRule) throws(Failure) -> Int {
    let (text, plain) = try scalar(rule.text, remedy: "write \(rule.text)")
    guard plain, let number = Int(text), rule.broken(number) == nil else {
      let broken = rule.refusal(of: text, quoted: !plain)
      throw refusal(broken.cause, remedy: broken.remedy)
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
  func size(_ rule: SizeRule) throws(Failure) -> UInt64 {
    let (text, _) = try scalar("a size", remedy: "write a size such as \(rule.example)")
    guard let bytes = Size.bytes(text) else {
      throw refusal(
        "`\(text)` is not a size",
        remedy: "write a whole number and a unit, KiB, MiB, GiB or TiB, such as \(rule.example)")
    }
    try hold(rule.broken(bytes, written: text))
    return bytes
  }

  /// The elements of a list.
  func list(_ rule: CountRule) throws(Failure) -> [ValueReader] {
    guard case .list(let elements) = node.content else {
      throw refusal("must be a list, not a \(kind)", remedy: "write one `- ` entry per element, or [] for none")
    }
    try hold(rule.broken(elements.count))
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
