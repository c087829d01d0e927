import Text

/// What people write as JSON: by the same rules as everything else, with the place of each value, no key twice, and words
/// for what is wrong.
extension JSONReader {
  /// The document in `text`.
  package static func document(_ text: String, _ limits: DocumentLimits) throws(DocumentProblem) -> DocumentNode {
    var reader = JSONReader(Array(text.utf8), maxDepth: limits.depth)
    var builder = Builder(limits: limits)
    let node = try builder.value(&reader, depth: 0)
    reader.skipBlanks()
    guard reader.next == nil else { throw builder.problem(&reader, "something follows the end of the document") }
    return node
  }

  /// Puts the values together and counts them and their lines.
  private struct Builder {
    let limits: DocumentLimits
    private var nodes = 0
    /// The line of `place`, and where it begins.
    private var line = 1
    private var lineStart = 0
    private var place = 0

    init(limits: DocumentLimits) { self.limits = limits }

    mutating func value(_ reader: inout JSONReader, depth: Int) throws(DocumentProblem) -> DocumentNode {
      reader.skipBlanks()
      let line = line(of: reader.index, reader)
      try count(line)
      let start = reader.index
      let read: JSON?
      switch reader.next {
      case UInt8(ascii: "{"): return DocumentNode(content: try object(&reader, depth: depth + 1), line: line)
      case UInt8(ascii: "["): return DocumentNode(content: try array(&reader, depth: depth + 1), line: line)
      case UInt8(ascii: "\""):
        guard let text = reader.string() else { throw problem(&reader) }
        return DocumentNode(content: .scalar(text, plain: false), line: line)
      case UInt8(ascii: "t"): read = reader.word("true", .bool(true))
      case UInt8(ascii: "f"): read = reader.word("false", .bool(false))
      case UInt8(ascii: "n"): read = reader.word("null", .null)
      default: read = reader.number()
      }
      guard read != nil else { throw problem(&reader) }
      // A number keeps its digits.
      let text = String(decoding: reader.bytes[start..<reader.index], as: UTF8.self)
      return DocumentNode(content: .scalar(text, plain: true), line: line)
    }

    private mutating func object(
      _ reader: inout JSONReader, depth: Int
    ) throws(DocumentProblem) -> DocumentNode.Content {
      if depth > limits.depth { throw .tooDeep(limits, line: line) }
      reader.index += 1
      var pairs: [DocumentNode.Pair] = []
      var keys: Set<String> = []
      reader.skipBlanks()
      if reader.take(UInt8(ascii: "}")) { return .mapping([]) }
      while true {
        reader.skipBlanks()
        let line = line(of: reader.index, reader)
        try count(line)
        guard let key = reader.string() else { throw problem(&reader) }
        guard keys.insert(key).inserted else { throw .twice(key, line: line) }
        reader.skipBlanks()
        guard reader.take(UInt8(ascii: ":")) else { throw problem(&reader, "a key is followed by a colon") }
        pairs.append(DocumentNode.Pair(key: key, line: line, value: try value(&reader, depth: depth)))
        reader.skipBlanks()
        if reader.take(UInt8(ascii: "}")) { return .mapping(pairs) }
        guard reader.take(UInt8(ascii: ",")) else {
          throw problem(&reader, "an entry is followed by a comma, or by } at the end")
        }
      }
    }

    private mutating func array(
      _ reader: inout JSONReader, depth: Int
    ) throws(DocumentProblem) -> DocumentNode.Content {
      if depth > limits.depth { throw .tooDeep(limits, line: line) }
      reader.index += 1
      var elements: [DocumentNode] = []
      reader.skipBlanks()
      if reader.take(UInt8(ascii: "]")) { return .list([]) }
      while true {
        elements.append(try value(&reader, depth: depth))
        reader.skipBlanks()
        if reader.take(UInt8(ascii: "]")) { return .list(elements) }
        guard reader.take(UInt8(ascii: ",")) else {
          throw problem(&reader, "an element is followed by a comma, or by ] at the end")
        }
      }
    }

    private mutating func count(_ line: Int) throws(DocumentProblem) {
      nodes += 1
      if nodes > limits.nodes { throw .tooMany(limits, line: line) }
    }

    /// Places only go forward, so that each byte is looked at once.
    private mutating func line(of index: Int, _ reader: JSONReader) -> Int {
      while place < index {
        if reader.bytes[place] == 0x0a { (line, lineStart) = (line + 1, place + 1) }
        place += 1
      }
      return line
    }

    /// The refusal at the place where the reader is.
    mutating func problem(_ reader: inout JSONReader, _ rule: StaticString? = nil) -> DocumentProblem {
      let line = line(of: reader.index, reader)
      let cause = rule ?? reader.problem ?? "it is not JSON"
      // People count characters.
      let before = String(decoding: reader.bytes[lineStart..<max(lineStart, reader.index)], as: UTF8.self)
      return DocumentProblem(
        cause: "\(cause)", remedy: "correct the JSON at that place", line: line, column: before.count + 1)
    }
  }
}
