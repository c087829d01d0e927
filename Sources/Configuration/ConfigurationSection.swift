public import Failure

/// The assignments of one section, read as the types that the program wants.
public struct ConfigurationSection: Sendable {
  /// Name of the section.
  public let kind: String
  /// What follows the name in `[KIND LABEL]`, or empty.
  public let label: String
  /// Path of the main file, for failures about what is missing.
  public let file: String
  /// Its assignments in the order in which they count.
  public let entries: [ConfigurationEntry]

  /// Makes one; without entries it stands for a section that no file has.
  public init(kind: String, label: String = "", file: String, entries: [ConfigurationEntry] = []) {
    self.kind = kind
    self.label = label
    self.file = file
    self.entries = entries
  }

  /// The assignment that counts for `key`; nil if there is none or the last one is empty.
  public func entry(_ key: String) -> ConfigurationEntry? {
    guard let last = entries.last(where: { $0.key == key }), !last.value.isEmpty else { return nil }
    return last
  }

  /// A failure about `key`: at its assignment if there is one, else about the section.
  public func failure(_ key: String, _ cause: String, remedy: String = "") -> Failure {
    if let entry = entry(key) { return entry.failure(cause, remedy: remedy) }
    let name = label.isEmpty ? kind : "\(kind) \(label)"
    return Failure(
      .invalid, operation: "read configuration", object: "\(file): [\(name)] \(key)=", cause: cause, remedy: remedy)
  }

  /// A text.
  public func text(_ key: String) -> String? { entry(key)?.value }

  /// All values of `key`, split at blanks; `fallback` if it is not set at all.
  public func list(_ key: String, default fallback: [String]) -> [String] {
    let own = entries.filter { $0.key == key }
    if own.isEmpty { return fallback }
    var values: [String] = []
    for entry in own {
      if entry.value.isEmpty {
        values.removeAll()
      } else {
        values += entry.value.split(separator: " ").map(String.init)
      }
    }
    return values
  }

  /// A time span, see `Duration.init(configuration:)`.
  public func duration(
    _ key: String, default fallback: Duration, in range: ClosedRange<Duration>
  ) throws(Failure) -> Duration {
    guard let entry = entry(key) else { return fallback }
    guard let value = Duration(configuration: entry.value) else {
      throw entry.failure("\"\(entry.value)\" is no time span", remedy: "write 500ms, 5s, 2min or 1h")
    }
    guard range.contains(value) else {
      throw entry.failure("\(entry.value) is outside \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// A whole number, not negative.
  public func count(_ key: String, default fallback: Int, in range: ClosedRange<Int>) throws(Failure) -> Int {
    guard let entry = entry(key) else { return fallback }
    guard let value = Int(entry.value) else {
      throw entry.failure("\"\(entry.value)\" is no whole number", remedy: "write one like \(fallback)")
    }
    guard range.contains(value) else {
      throw entry.failure("\(value) is outside \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// Yes or no, in the words that systemd takes.
  public func flag(_ key: String, default fallback: Bool) throws(Failure) -> Bool {
    guard let entry = entry(key) else { return fallback }
    switch entry.value.lowercased() {
    case "yes", "true", "on", "1": return true
    case "no", "false", "off", "0": return false
    default: throw entry.failure("\"\(entry.value)\" is neither yes nor no", remedy: "write yes or no")
    }
  }

  /// Permission bits in octal.
  public func mode(_ key: String, default fallback: UInt32) throws(Failure) -> UInt32 {
    guard let entry = entry(key) else { return fallback }
    guard let value = UInt32(entry.value, radix: 8), value <= 0o777 else {
      throw entry.failure("\"\(entry.value)\" are no permission bits", remedy: "write octal digits, 0660 for instance")
    }
    return value
  }

  /// One of a few words.
  public func choice<Value>(
    _ key: String, default fallback: Value, among known: [(name: String, value: Value)]
  ) throws(Failure) -> Value {
    guard let entry = entry(key) else { return fallback }
    if let match = known.first(where: { $0.name == entry.value }) { return match.value }
    throw entry.failure(
      "\"\(entry.value)\" is not possible here", remedy: Suggestion.sentence(entry.value, among: known.map(\.name)))
  }
}

extension Duration {
  /// Reads a time span as `systemd.time(7)` writes it: numbers with unit, added up. Units are ms, s, min and h; a number
  /// without unit means seconds.
  public init?(configuration text: String) {
    let units: [(String, Int64)] = [("ms", 1), ("min", 60_000), ("s", 1000), ("h", 3_600_000), ("", 1000)]
    var total: Int64 = 0
    var rest = text[...].drop { $0 == " " }
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard let number = Int64(digits) else { return nil }
      rest = rest.dropFirst(digits.count).drop { $0 == " " }
      let word = rest.prefix { $0.isLetter }
      guard let unit = units.first(where: { $0.0 == word }) else { return nil }
      rest = rest.dropFirst(word.count).drop { $0 == " " }
      let (part, tooBig) = number.multipliedReportingOverflow(by: unit.1)
      let (sum, alsoTooBig) = total.addingReportingOverflow(part)
      if tooBig || alsoTooBig { return nil }
      total = sum
    }
    self = .milliseconds(total)
  }
}
