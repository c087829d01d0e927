/// The two text formats that monitoring systems read.
enum MetricSyntax: Sendable {
  /// Prometheus text format 0.0.4.
  case prometheus
  /// OpenMetrics 1.0.0, for whoever asks for it.
  case openMetrics

  /// The format that an `Accept` header asks for.
  init(accept: String) { self = accept.contains("application/openmetrics-text") ? .openMetrics : .prometheus }

  var contentType: String {
    switch self {
    case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }
}

/// Writes metrics as text, one family after the other.
struct MetricText {
  /// What a family is.
  enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  let syntax: MetricSyntax
  private var lines: [String] = []

  init(_ syntax: MetricSyntax) { self.syntax = syntax }

  /// Begins a family.
  /// - Parameter name: as its samples have it; counters end in `_total`.
  mutating func family(_ name: String, _ kind: Kind, _ help: String) {
    // OpenMetrics names a family of counters without the ending that its samples have.
    let isCut = syntax == .openMetrics && kind == .counter && name.hasSuffix("_total")
    let family = isCut ? String(name.dropLast(6)) : name
    lines.append("# HELP \(family) \(Self.escape(help, quotes: false))")
    lines.append("# TYPE \(family) \(kind.rawValue)")
  }

  /// One sample with a whole number.
  mutating func sample(_ name: String, _ labels: [(String, String)] = [], _ value: some BinaryInteger) {
    sample(name, labels, text: "\(value)")
  }

  /// One sample.
  mutating func sample(_ name: String, _ labels: [(String, String)] = [], text: String) {
    let pairs = labels.map { "\($0.0)=\"\(Self.escape($0.1, quotes: true))\"" }
    lines.append(name + (pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}") + " " + text)
  }

  /// A family with one sample.
  mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: some BinaryInteger) {
    family(name, kind, help)
    sample(name, [], value)
  }

  /// The whole text.
  func text() -> String {
    lines.map { $0 + "\n" }.joined() + (syntax == .openMetrics ? "# EOF\n" : "")
  }

  /// Seconds of microseconds, without exponent or needless zeros.
  static func seconds(microseconds: UInt64) -> String {
    let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    guard rest > 0 else { return "\(whole).0" }
    var digits = String(1_000_000 + rest).dropFirst()
    while digits.hasSuffix("0") { digits = digits.dropLast() }
    return "\(whole).\(digits)"
  }

  private static func escape(_ text: String, quotes: Bool) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quotes: result += "\\\""
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
