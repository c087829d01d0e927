/// What a YAML text is on its outside: for texts that are for somebody else to read, whose tags, merge keys and aliases are
/// not our concern. Nothing is put together.
package enum YAMLShape: Hashable, Sendable {
  /// Nothing but blanks and comments.
  case empty
  /// A mapping with these keys.
  case mapping(keys: Set<String>)
  /// A list.
  case list
  /// A single value.
  case single
  /// No YAML.
  case broken(line: Int, cause: String)

  /// Looks at a text.
  package init(_ text: String) {
    do throws(DocumentProblem) { self = try Self.look(YAMLEvents(text)) } catch {
      self = .broken(line: error.line ?? 1, cause: error.cause)
    }
  }

  private static func look(_ events: YAMLEvents) throws(DocumentProblem) -> YAMLShape {
    var shape = YAMLShape.empty
    var keys: Set<String> = []
    var depth = 0
    // In the outermost mapping keys and values take turns.
    var isKey = true
    while true {
      let event = try events.next()
      switch event.kind {
      case .streamStart, .documentEnd: continue
      case .documentStart:
        if shape != .empty { return .broken(line: event.line, cause: "a second document begins there") }
        continue
      case .streamEnd:
        if case .mapping = shape { return .mapping(keys: keys) }
        return shape
      case .sequenceEnd, .mappingEnd: depth -= 1
      case .mappingStart, .sequenceStart:
        if depth == 0, case .mappingStart = event.kind {
          shape = .mapping(keys: [])
        } else if depth == 0 {
          shape = .list
        }
        depth += 1
        continue
      case .scalar(let text, let plain):
        if depth == 0 { shape = plain && PlainScalar(text) == .nothing ? .empty : .single }
        if depth == 1, isKey { keys.insert(text) }
      case .alias: if depth == 0 { shape = .single }
      }
      // A value has ended.
      if depth == 1 { isKey.toggle() }
    }
  }
}
