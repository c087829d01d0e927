/// A value of a document as it was read, from YAML or from JSON, with its place.
package struct DocumentNode: Hashable, Sendable {
  /// What it is.
  package enum Content: Hashable, Sendable {
    /// One value. `plain` says that it stands without quotes, so that its text decides what it is: a number, a truth
    /// value, nothing, or words.
    case scalar(String, plain: Bool)
    /// Elements in order.
    case list([DocumentNode])
    /// Pairs in order, no key twice.
    case mapping([Pair])
  }

  /// One entry of a mapping.
  package struct Pair: Hashable, Sendable {
    /// The key's text.
    package var key: String
    /// Line of the key, from 1.
    package var line: Int
    /// What it leads to.
    package var value: DocumentNode
  }

  /// What it is.
  package var content: Content
  /// Line of its beginning, from 1.
  package var line: Int
}

/// What a document may be at most, so that reading it takes milliseconds whatever is in it.
package struct DocumentLimits: Sendable {
  /// Values and keys, each alias counted as all that it stands for.
  package var nodes: Int
  /// Mappings and lists within each other.
  package var depth: Int

  /// Of a specification: the longest that the rules accept has some thousand values, five deep.
  package static let specification = DocumentLimits(nodes: 100_000, depth: 32)
  /// Of what we have written ourselves.
  package static let own = DocumentLimits(nodes: .max, depth: 64)
}

/// Why a text is no document.
package struct DocumentProblem: Error {
  /// The rule that was broken.
  package var cause: String
  /// What helps.
  package var remedy: String
  /// From 1; nil if it is about the whole.
  package var line: Int?
  /// From 1; nil if only the line is known.
  package var column: Int?
  /// Whether it is too much, which no other way of reading would change.
  package var isTooMuch = false

  package static func tooMany(_ limits: DocumentLimits, line: Int) -> DocumentProblem {
    DocumentProblem(
      cause: "it has more than \(limits.nodes) values, with all that aliases stand for",
      remedy: "write less; each alias counts as what it repeats", line: line, isTooMuch: true)
  }

  static func tooDeep(_ limits: DocumentLimits, line: Int) -> DocumentProblem {
    DocumentProblem(
      cause: "mappings and lists are nested deeper than \(limits.depth)", remedy: "write fewer within each other",
      line: line, isTooMuch: true)
  }

  static func twice(_ key: String, line: Int) -> DocumentProblem {
    DocumentProblem(cause: "the key `\(key)` is there twice", remedy: "correct it: keep one of them", line: line)
  }
}
