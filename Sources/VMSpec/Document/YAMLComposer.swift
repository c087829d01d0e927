/// Makes a document of YAML's events, within bounds: what aliases stand for is counted before it is put together, and no
/// key but a word is ever looked into.
struct YAMLComposer {
  private let events: YAMLEvents
  private let limits: DocumentLimits
  private var nodes = 0
  private var anchors: [String: Anchored] = [:]

  /// A value with a name, and how much of it there is.
  private struct Anchored {
    var node: DocumentNode
    var nodes: Int
    var depth: Int
  }

  /// The document; nil if there is none.
  static func read(_ text: String, _ limits: DocumentLimits) throws(DocumentProblem) -> DocumentNode? {
    var composer = YAMLComposer(events: YAMLEvents(text), limits: limits)
    return try composer.document()
  }

  private init(events: YAMLEvents, limits: DocumentLimits) {
    self.events = events
    self.limits = limits
  }

  private mutating func document() throws(DocumentProblem) -> DocumentNode? {
    _ = try events.next()
    guard case .documentStart = try events.next().kind else { return nil }
    let root = try value(try events.next(), depth: 0).node
    _ = try events.next()
    let next = try events.next()
    guard case .streamEnd = next.kind else {
      throw DocumentProblem(
        cause: "a second document begins there", remedy: "keep one, and remove the line `---` between them",
        line: next.line)
    }
    return root
  }

  /// - Returns: the value, and how deep it is nested in itself.
  private mutating func value(
    _ event: YAMLEvents.Event, depth: Int
  ) throws(DocumentProblem) -> (node: DocumentNode, depth: Int) {
    let before = nodes
    try count(1, event.line)
    let content: DocumentNode.Content
    var below = 0
    switch event.kind {
    case .alias(let name):
      guard let anchored = anchors[name] else { throw unknown(name, event.line) }
      // The alias itself is counted already.
      try count(anchored.nodes - 1, event.line)
      if depth + anchored.depth > limits.depth { throw .tooDeep(limits, line: event.line) }
      return (anchored.node, anchored.depth)
    case .scalar(let text, let plain):
      content = .scalar(text, plain: try YAMLTag.isPlain(text, plain, event))
    case .sequenceStart:
      try YAMLTag.check(event, is: "seq")
      if depth >= limits.depth { throw .tooDeep(limits, line: event.line) }
      var elements: [DocumentNode] = []
      while case let next = try events.next(), !next.isEnd {
        let element = try value(next, depth: depth + 1)
        elements.append(element.node)
        below = max(below, element.depth)
      }
      below += 1
      content = .list(elements)
    case .mappingStart:
      try YAMLTag.check(event, is: "map")
      if depth >= limits.depth { throw .tooDeep(limits, line: event.line) }
      let (pairs, deepest) = try self.pairs(depth: depth + 1)
      below = deepest + 1
      content = .mapping(pairs)
    default:
      throw DocumentProblem(
        cause: "a value is missing there", remedy: "correct the YAML at that place", line: event.line)
    }
    let node = DocumentNode(content: content, line: event.line)
    if let name = event.anchor { anchors[name] = Anchored(node: node, nodes: nodes - before, depth: below) }
    return (node, below)
  }

  private mutating func pairs(depth: Int) throws(DocumentProblem) -> (pairs: [DocumentNode.Pair], depth: Int) {
    var pairs: [DocumentNode.Pair] = []
    var keys: Set<String> = []
    var below = 0
    while case let event = try events.next(), !event.isEnd {
      try count(1, event.line)
      let key = try key(event)
      guard keys.insert(key).inserted else { throw .twice(key, line: event.line) }
      let value = try value(try events.next(), depth: depth)
      pairs.append(DocumentNode.Pair(key: key, line: event.line, value: value.node))
      below = max(below, value.depth)
    }
    return (pairs, below)
  }

  private mutating func key(_ event: YAMLEvents.Event) throws(DocumentProblem) -> String {
    switch event.kind {
    case .scalar(let text, let plain):
      let isPlain = try YAMLTag.isPlain(text, plain, event)
      if isPlain, text == "<<" {
        throw DocumentProblem(
          cause: "merge keys (`<<`) are not known", remedy: "write the values out that are to be merged",
          line: event.line)
      }
      if let name = event.anchor {
        let node = DocumentNode(content: .scalar(text, plain: isPlain), line: event.line)
        anchors[name] = Anchored(node: node, nodes: 1, depth: 0)
      }
      return text
    case .alias(let name):
      guard let anchored = anchors[name] else { throw unknown(name, event.line) }
      if case .scalar(let text, _) = anchored.node.content { return text }
      fallthrough
    default:
      throw DocumentProblem(
        cause: "a mapping has a key that is not a single word", remedy: "write `key: value` lines", line: event.line)
    }
  }

  private mutating func count(_ more: Int, _ line: Int) throws(DocumentProblem) {
    nodes += more
    if nodes > limits.nodes { throw .tooMany(limits, line: line) }
  }

  private func unknown(_ name: String, _ line: Int) -> DocumentProblem {
    DocumentProblem(
      cause: "the alias `*\(name)` stands for nothing: no value before it has the name `&\(name)`",
      remedy: "give that name to a value above it, or write the value out", line: line)
  }
}

extension YAMLEvents.Event {
  /// Whether a list or a mapping ends here.
  package var isEnd: Bool {
    switch kind {
    case .sequenceEnd, .mappingEnd: true
    default: false
    }
  }
}

/// Tags: those of YAML's own schema say what a value is anyway, all others would change what it means.
private enum YAMLTag {
  private static let prefix = "tag:yaml.org,2002:"

  /// The tag as it is written.
  private static func written(_ tag: String) -> String {
    tag.hasPrefix(prefix) ? "!!" + tag.dropFirst(prefix.count) : tag.hasPrefix("!") ? tag : "!<\(tag)>"
  }

  /// Refuses a tag that says something else than `name`.
  static func check(_ event: YAMLEvents.Event, is name: String) throws(DocumentProblem) {
    guard let tag = event.tag, tag != "!", tag != prefix + name else { return }
    throw unknown(tag, event.line)
  }

  /// Whether the text of a value decides what it is.
  static func isPlain(
    _ text: String, _ plain: Bool, _ event: YAMLEvents.Event
  ) throws(DocumentProblem) -> Bool {
    guard let tag = event.tag else { return plain }
    let kind = PlainScalar(text)
    switch tag {
    case "!", prefix + "str": return false
    case prefix + "int" where kind == .whole, prefix + "float" where kind == .number || kind == .whole,
      prefix + "bool" where kind == .truth, prefix + "null" where kind == .nothing:
      return true
    case prefix + "int", prefix + "float", prefix + "bool", prefix + "null":
      throw DocumentProblem(
        cause: "`\(text)` is not what the tag `\(written(tag))` says", remedy: "correct the value, or remove the tag",
        line: event.line)
    default: throw unknown(tag, event.line)
    }
  }

  private static func unknown(_ tag: String, _ line: Int) -> DocumentProblem {
    DocumentProblem(
      cause: "the tag `\(written(tag))` is not known", remedy: "remove it, and write the value itself", line: line)
  }
}
