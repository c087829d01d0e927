import Failure
import Netlink
import NetworkPlan

/// What the two tables consist of. A value: no I/O.
struct GuardFacts: Hashable {
  var tables: [TableFamily: TableFacts] = [:]

  /// Changes what the sets hold, the parts being the same.
  mutating func change(_ old: some Collection<Element>, _ new: some Collection<Element>) {
    let (before, after) = (Set(old), Set(new))
    for element in before.subtracting(after) { with(element) { $0.remove(element.inKernel) } }
    for element in after.subtracting(before) { with(element) { $0.add(element.inKernel) } }
  }

  private mutating func with(_ element: Element, _ change: (inout ElementSum) -> Void) {
    let family: TableFamily = element.set.table == Ruleset.bridge ? .bridge : .inet
    var sum = tables[family]?.elements[element.set.rawValue] ?? ElementSum()
    change(&sum)
    tables[family, default: TableFacts()].set(element.set.rawValue, sum)
  }

  /// Takes over what a chain, declaration or limit is now.
  mutating func set(_ part: TablePart, _ fingerprint: UInt64?) {
    tables[part.family, default: TableFacts()].set(part: part.name, fingerprint)
  }

  /// In words, what is not as in others; empty if nothing.
  func differences(from expected: GuardFacts) -> [String] {
    var words: [String] = []
    for (family, name) in [(TableFamily.bridge, Ruleset.bridge), (.inet, Ruleset.inet)] {
      guard let table = tables[family] else {
        words.append("table \(name) was gone")
        continue
      }
      words += table.differences(from: expected.tables[family] ?? TableFacts(), name)
    }
    return words
  }
}

extension Element {
  /// The element as the kernel keeps it.
  fileprivate var inKernel: FilterElement {
    switch target {
    case .nothing: FilterElement(key: keyBytes)
    case .bytes(let bytes): FilterElement(key: keyBytes, value: .bytes(bytes))
    case .verdict(let code, let chain): FilterElement(key: keyBytes, value: .verdict(code, chain: chain))
    case .object(let name): FilterElement(key: keyBytes, value: .object(name))
    }
  }
}

extension TablePart {
  /// What a script says that it changes.
  init(_ part: Script.Part) {
    switch part.kind {
    case .chain: self.init(.inet, .chain, part.name)
    case .set: self.init(.inet, .set, part.name)
    case .limit: self.init(.bridge, .limit, part.name)
    }
  }
}

extension TableFacts {
  fileprivate func differences(from expected: TableFacts, _ table: String) -> [String] {
    var words: [String] = []
    for (name, value) in expected.parts.sorted(by: { $0.key < $1.key }) where parts[name] != value {
      let what = name == "table" ? "the table itself" : name
      words.append("\(table): \(what) was \(parts[name] == nil ? "gone" : "changed")")
    }
    for name in parts.keys.sorted() where expected.parts[name] == nil {
      words.append("\(table): \(name) was not netd's")
    }
    for (name, sum) in expected.elements.sorted(by: { $0.key < $1.key }) {
      guard let found = elements[name], found != sum else { continue }
      let counts = found.count == sum.count ? "other elements" : "\(found.count) elements, not \(sum.count)"
      words.append("\(table): \(name) had \(counts)")
    }
    return words
  }
}

extension Guard {
  /// The tables as they are, all at one time.
  func look() throws(Failure) -> (facts: GuardFacts, generation: UInt32, isEmpty: Bool) {
    for _ in 0..<16 {
      let before = try kernel.generation()
      var facts = GuardFacts()
      for family in [TableFamily.bridge, .inet] {
        let table = try kernel.facts(table: Ruleset.table, family) { Ruleset.isOpen($0) }
        if let table { facts.tables[family] = table }
      }
      if try kernel.generation() == before { return (facts, before, facts.tables.isEmpty) }
    }
    throw Failure(
      .unavailable, operation: "compare the guard", cause: "the packet filter changes while it is read",
      remedy: "try again")
  }

  /// What is not as it should be; empty if nothing, or if nobody has changed anything since the last look.
  func compare() throws(Failure) -> [String] {
    if try kernel.generation() == generation { return [] }
    var differences: [String] = []
    // What the kernel lists while it makes room for elements may lack some: nobody is blamed for that.
    for _ in 0..<3 {
      let look = try look()
      differences = look.facts.differences(from: expected)
      if differences.isEmpty {
        generation = look.generation
        return []
      }
    }
    return differences
  }

  /// Takes note that the ruleset of the host has come to another state without a change of netd's tables.
  func pass(_ id: UInt32) {
    // States are counted up, and begin again after the last.
    if Int32(bitPattern: id &- generation) > 0 { generation = id }
  }
}
