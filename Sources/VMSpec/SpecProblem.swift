/// Where in a specification something stands.
package struct SpecPlace: Hashable, Sendable {
  /// From one value to one in it.
  enum Step: Hashable, Sendable {
    case key(String)
    case index(Int)
  }

  private(set) var steps: [Step] = []

  /// The whole.
  init() {}

  init(_ steps: some Sequence<Step>) { self.steps = Array(steps) }

  func key(_ key: some RawRepresentable<String>) -> SpecPlace { self.key(named: key.rawValue) }

  func key(named key: String) -> SpecPlace { SpecPlace(steps + [.key(key)]) }

  func index(_ index: Int) -> SpecPlace { SpecPlace(steps + [.index(index)]) }

  /// Its key path such as `disks[0].size`; empty for the whole.
  package var text: String {
    steps.reduce(into: "") { text, step in
      switch step {
      case .key(let key): text += text.isEmpty ? key : ".\(key)"
      case .index(let index): text += "[\(index)]"
      }
    }
  }
}

/// A rule that a value breaks.
struct BrokenRule: Hashable, Sendable {
  var cause: String
  var remedy: String

  init(_ cause: String, remedy: String) { (self.cause, self.remedy) = (cause, remedy) }
}

/// A rule that a specification breaks, and where.
package struct SpecProblem: Error, Hashable {
  package var place: SpecPlace
  /// Whether nothing stands there, though it has to.
  package var isMissing = false
  package var cause: String
  package var remedy: String
}

extension SpecPlace {
  /// - Parameter isMissing: whether what is broken is that nothing stands there.
  func hold(_ broken: BrokenRule?, isMissing: Bool = false) throws(SpecProblem) {
    guard let broken else { return }
    throw SpecProblem(place: self, isMissing: isMissing, cause: broken.cause, remedy: broken.remedy)
  }

  /// Refuses what stands there.
  func refuse(_ cause: String, remedy: String) throws(SpecProblem) { try hold(BrokenRule(cause, remedy: remedy)) }

  /// What holds of a value if there is one.
  func hold<Value>(_ value: Value?, _ rule: (Value) -> BrokenRule?) throws(SpecProblem) {
    if let value { try hold(rule(value)) }
  }
}

extension DocumentNode {
  /// The nearest place at or above `place` that the document has, and its line.
  func nearest(_ place: SpecPlace) -> (place: SpecPlace, line: Int) {
    var (node, line) = (self, line)
    for (depth, step) in place.steps.enumerated() {
      let above = (SpecPlace(place.steps.prefix(depth)), line)
      switch (step, node.content) {
      case (.key(let key), .mapping(let pairs)):
        guard let pair = pairs.first(where: { $0.key == key }) else { return above }
        // A value may be an alias of one far away: the place is that of its key.
        (node, line) = (pair.value, pair.line)
      case (.index(let index), .list(let elements)):
        guard elements.indices.contains(index) else { return above }
        (node, line) = (elements[index], elements[index].line)
      default: return above
      }
    }
    return (place, line)
  }
}
