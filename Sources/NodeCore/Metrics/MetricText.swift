/// The two text formats that monitoring systems read.
package enum MetricSyntax: Sendable {
  /// Prometheus text format 0.0.4.
  case prometheus
  /// OpenMetrics 1.0.0, for whoever asks for it.
  case openMetrics

  /// The format that an `Accept` header asks for.
  package init(accept: String) { self = accept.contains("application/openmetrics-text") ? .openMetrics : .prometheus }

  package var contentType: String {
    switch self {
    case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }
}

/// The value of a sample.
enum MetricValue: Hashable, Sendable {
  case whole(UInt64)
  /// A time, as microseconds; written in seconds.
  case microseconds(UInt64)

  /// A whole number that is never negative.
  static func count(_ number: Int) -> MetricValue { .whole(UInt64(max(0, number))) }
  /// Truth as 1 and 0.
  static func flag(_ flag: Bool) -> MetricValue { .whole(flag ? 1 : 0) }
}

/// Writes metrics as text, one family after the other. A scrape of a thousand VMs has fifty thousand lines, so that they
/// are made as bytes in one buffer.
struct MetricText {
  /// What a family is.
  enum Kind: String, Sendable {
    case counter, gauge, histogram, info
  }

  let syntax: MetricSyntax
  private(set) var bytes: [UInt8] = []

  init(_ syntax: MetricSyntax) { self.syntax = syntax }

  /// Begins a family.
  /// - Parameter name: as its samples have it; counters end in `_total`, infos in `_info`.
  mutating func family(_ name: String, _ kind: Kind, _ help: String) {
    let family = familyName(name, kind)
    // The older format knows neither infos nor units.
    let word = kind == .info && syntax == .prometheus ? Kind.gauge.rawValue : kind.rawValue
    bytes += "# HELP \(family) \(Self.escape(help, quotes: syntax == .openMetrics))\n".utf8
    bytes += "# TYPE \(family) \(word)\n".utf8
    guard syntax == .openMetrics else { return }
    for unit in ["seconds", "bytes"] where family.hasSuffix("_" + unit) { bytes += "# UNIT \(family) \(unit)\n".utf8 }
  }

  /// OpenMetrics names families of counters and infos without the ending that their samples have.
  private func familyName(_ name: String, _ kind: Kind) -> String {
    guard syntax == .openMetrics else { return name }
    switch kind {
    case .counter where name.hasSuffix("_total"): return String(name.dropLast(6))
    case .info where name.hasSuffix("_info"): return String(name.dropLast(5))
    default: return name
    }
  }

  /// One sample with a whole number.
  mutating func sample(_ name: String, _ labels: [(String, String)] = [], _ value: some BinaryInteger) {
    sample(name, labels, .whole(UInt64(clamping: value)))
  }

  /// One sample.
  mutating func sample(_ name: String, _ labels: [(String, String)] = [], _ value: MetricValue) {
    bytes += name.utf8
    if !labels.isEmpty {
      let pairs = labels.map { "\($0.0)=\"\(Self.escape($0.1, quotes: true))\"" }
      bytes += "{\(pairs.joined(separator: ","))}".utf8
    }
    end(value)
  }

  /// One sample whose beginning, up to the blank before its value, is written already.
  private mutating func end(_ value: MetricValue) {
    bytes.append(UInt8(ascii: " "))
    switch value {
    case .whole(let number): Self.append(number, to: &bytes)
    case .microseconds(let time): Self.append(microseconds: time, to: &bytes)
    }
    bytes.append(UInt8(ascii: "\n"))
  }

  /// One sample of a VM.
  /// - Parameters:
  ///   - head: name of the family and an opening brace.
  ///   - label: the VM's own label.
  ///   - more: a further label of a fixed name, whose value needs no escaping or has been escaped.
  mutating func sample(head: [UInt8], label: [UInt8], more: (StaticString, String)? = nil, _ value: MetricValue) {
    bytes += head
    bytes += label
    if let (name, text) = more {
      bytes.append(UInt8(ascii: ","))
      bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
      bytes.append(UInt8(ascii: "="))
      bytes.append(UInt8(ascii: "\""))
      bytes += text.utf8
      bytes.append(UInt8(ascii: "\""))
    }
    bytes.append(UInt8(ascii: "}"))
    end(value)
  }

  /// A family with one sample.
  mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: some BinaryInteger) {
    family(name, kind, help)
    sample(name, [], value)
  }

  /// A family with one sample.
  mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: MetricValue) {
    family(name, kind, help)
    sample(name, [], value)
  }

  /// The whole text.
  consuming func finished() -> [UInt8] {
    if syntax == .openMetrics { bytes += "# EOF\n".utf8 }
    return bytes
  }

  // MARK: numbers and texts

  /// Seconds of microseconds, without exponent or needless zeros.
  static func seconds(microseconds: UInt64) -> String {
    var bytes: [UInt8] = []
    append(microseconds: microseconds, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func append(microseconds: UInt64, to bytes: inout [UInt8]) {
    var (whole, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    append(whole, to: &bytes)
    bytes.append(UInt8(ascii: "."))
    whole = 100_000
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(rest / whole))
      rest %= whole
      whole /= 10
    } while rest > 0
  }

  private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
    if number < 10 { return bytes.append(UInt8(ascii: "0") + UInt8(number)) }
    let start = bytes.count
    var rest = number
    while rest > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    }
    bytes[start...].reverse()
  }

  /// A text as it stands between quotes, or in a line of help.
  static func escape(_ text: String, quotes: Bool = true) -> String {
    guard text.utf8.contains(where: { $0 == 0x5c || $0 == 0x0a || $0 == 0x22 }) else { return text }
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
