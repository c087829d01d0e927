/// A scrape, read as strictly as OpenMetrics 1.0.0 is written.
struct Exposition {
  struct Family {
    var kind = ""
    var help: String?
    var unit: String?
    var samples: [Sample] = []
  }

  struct Sample: Hashable {
    var name: String
    var labels: [String: String]
    var value: Double
  }

  struct Wrong: Error, CustomStringConvertible {
    var line: String
    var what: String
    var description: String { "\(what): \(line)" }
  }

  private(set) var families: [String: Family] = [:]

  init(openMetrics text: String) throws {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard lines.popLast() == "", lines.popLast() == "# EOF" else { throw Wrong(line: "", what: "no # EOF at the end") }
    var current = ""
    for line in lines {
      if line.hasPrefix("# ") {
        try describe(line, &current)
      } else {
        try sample(line, of: current)
      }
    }
    for (name, family) in families { try check(name, family) }
  }

  private mutating func describe(_ line: String, _ current: inout String) throws {
    let words = line.split(separator: " ", maxSplits: 3).map(String.init)
    guard words.count == 4 else { throw Wrong(line: line, what: "not a description") }
    let name = words[2]
    if name != current {
      guard families[name] == nil else { throw Wrong(line: line, what: "the family comes twice") }
      families[name] = Family()
      current = name
    }
    guard families[name]?.samples.isEmpty == true else { throw Wrong(line: line, what: "described after its samples") }
    switch words[1] {
    case "HELP" where families[name]?.help == nil: families[name]?.help = words[3]
    case "TYPE" where families[name]?.kind == "": families[name]?.kind = words[3]
    case "UNIT" where families[name]?.unit == nil: families[name]?.unit = words[3]
    default: throw Wrong(line: line, what: "unknown or repeated description")
    }
  }

  private mutating func sample(_ line: String, of family: String) throws {
    guard let match = line.wholeMatch(of: /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([0-9]+(?:\.[0-9]+)?)/),
      let value = Double(match.3)
    else { throw Wrong(line: line, what: "not a sample") }
    let sample = Sample(
      name: String(match.1), labels: try Self.labels(match.2.map(String.init) ?? "", line), value: value)
    guard families[family] != nil else { throw Wrong(line: line, what: "no family") }
    families[family]?.samples.append(sample)
  }

  private static func labels(_ text: String, _ line: String) throws -> [String: String] {
    var labels: [String: String] = [:]
    var rest = text[...]
    while !rest.isEmpty {
      guard let match = rest.prefixMatch(of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,(?=[a-z])|$)/),
        labels.updateValue(String(match.2), forKey: String(match.1)) == nil
      else { throw Wrong(line: line, what: "not labels") }
      rest = rest[match.range.upperBound...]
    }
    return labels
  }

  private func check(_ name: String, _ family: Family) throws {
    func wrong(_ what: String) -> Wrong { Wrong(line: name, what: what) }
    guard family.help != nil, !family.kind.isEmpty else { throw wrong("not described") }
    if let unit = family.unit, !name.hasSuffix("_" + unit) { throw wrong("the unit is not in its name") }
    for unit in ["seconds", "bytes"] where name.hasSuffix("_" + unit) && family.unit != unit { throw wrong("no unit") }
    let endings: Set<String>
    switch family.kind {
    case "counter": endings = ["_total"]
    case "gauge": endings = [""]
    case "info": endings = ["_info"]
    case "histogram": endings = ["_bucket", "_count", "_sum"]
    default: throw wrong("unknown type \(family.kind)")
    }
    var seen: Set<Sample> = []
    for var sample in family.samples {
      guard endings.contains(where: { sample.name == name + $0 }) else { throw wrong("its sample \(sample.name)") }
      if family.kind == "info", sample.value != 1 { throw wrong("an info that is not 1") }
      sample.value = 0
      guard seen.insert(sample).inserted else { throw wrong("a sample comes twice: \(sample.labels)") }
    }
    // What ends like a sample of another type would be taken for one.
    for ending in ["_total", "_info", "_bucket", "_count", "_sum", "_created"] where name.hasSuffix(ending) {
      throw wrong("a family must not end in \(ending)")
    }
  }

  /// The value of one sample; nil if it is not there.
  func value(_ sample: String, _ labels: [String: String] = [:]) -> Double? {
    for family in families.values {
      for candidate in family.samples where candidate.name == sample {
        if labels.allSatisfy({ candidate.labels[$0.key] == $0.value }) { return candidate.value }
      }
    }
    return nil
  }

  /// Names that samples can have, also of families without any now.
  var names: Set<String> {
    families.reduce(into: []) { names, family in
      switch family.value.kind {
      case "counter": names.insert(family.key + "_total")
      case "info": names.insert(family.key + "_info")
      case "histogram": for ending in ["_bucket", "_count", "_sum"] { names.insert(family.key + ending) }
      default: names.insert(family.key)
      }
    }
  }
}
