import CYaml

/// The events of a YAML text one after the other, as libyaml reads them. Nothing is kept of what has passed.
final class YAMLEvents {
  /// One step through the text.
  struct Event {
    enum Kind {
      case streamStart, streamEnd, documentStart, documentEnd, sequenceEnd, mappingEnd
      case alias(String)
      case scalar(String, plain: Bool)
      case sequenceStart, mappingStart
    }
    var kind: Kind
    /// From 1.
    var line: Int
    /// What `&` gives the value as a name.
    var anchor: String?
    /// The whole tag, `tag:yaml.org,2002:str` for `!!str`.
    var tag: String?
  }

  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let input: UnsafeMutableBufferPointer<UInt8>
  private let standIns: BreakStandIns
  private var isFresh = true

  init(_ text: String) {
    standIns = BreakStandIns(for: text)
    input = .allocate(capacity: standIns.hidden.utf8.count)
    _ = input.initialize(from: standIns.hidden.utf8)
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    // It fails only without memory, and leaves zeros then: `next` says so.
    if yaml_parser_initialize(parser) == 1 {
      yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
      yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    input.deallocate()
  }

  /// Whether there are more directives than any document needs: libyaml compares each with all before it.
  private var hasManyDirectives: Bool {
    let mark = Array("%TAG".utf8)
    var count = 0
    for index in input.indices where input[index] == mark[0] && (index == 0 || input[index - 1] == UInt8(ascii: "\n")) {
      if input[index...].starts(with: mark) { count += 1 }
    }
    return count > 100
  }

  /// The next event. After `streamEnd` there is none.
  func next() throws(DocumentProblem) -> Event {
    var event = yaml_event_t()
    if isFresh, hasManyDirectives {
      throw DocumentProblem(cause: "it has more than 100 directives (`%TAG`)", remedy: "remove them", isTooMuch: true)
    }
    isFresh = false
    guard parser.pointee.read_handler != nil, yaml_parser_parse(parser, &event) == 1 else { throw problem() }
    defer { yaml_event_delete(&event) }
    let line = event.start_mark.line + 1
    switch event.type {
    case YAML_STREAM_START_EVENT: return Event(kind: .streamStart, line: line)
    case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, line: line)
    case YAML_DOCUMENT_END_EVENT: return Event(kind: .documentEnd, line: line)
    case YAML_SEQUENCE_END_EVENT: return Event(kind: .sequenceEnd, line: line)
    case YAML_MAPPING_END_EVENT: return Event(kind: .mappingEnd, line: line)
    case YAML_ALIAS_EVENT: return Event(kind: .alias(text(event.data.alias.anchor) ?? ""), line: line)
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      return Event(
        kind: .scalar(
          standIns.restored(String(decoding: bytes, as: UTF8.self)), plain: scalar.style == YAML_PLAIN_SCALAR_STYLE),
        line: line, anchor: text(scalar.anchor), tag: text(scalar.tag))
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      return Event(kind: .sequenceStart, line: line, anchor: text(start.anchor), tag: text(start.tag))
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      return Event(kind: .mappingStart, line: line, anchor: text(start.anchor), tag: text(start.tag))
    default: return Event(kind: .streamEnd, line: line)
    }
  }

  private func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    bytes.map { standIns.restored(String(cString: $0)) }
  }

  /// libyaml's words for why it does not go on.
  private func problem() -> DocumentProblem {
    let state = parser.pointee
    let words = state.problem.map { String(cString: $0) } ?? "there is no memory to read it"
    let remedy = "correct the YAML at that place"
    switch state.error {
    case YAML_READER_ERROR:
      let before = input.prefix(state.problem_offset)
      let line = 1 + before.count { $0 == UInt8(ascii: "\n") }
      guard let value = UInt32(exactly: state.problem_value), let scalar = Unicode.Scalar(value), value < 0xa0 else {
        return DocumentProblem(cause: words, remedy: remedy, line: line)
      }
      let digits = String(scalar.value, radix: 16, uppercase: true)
      return DocumentProblem(
        cause: "it contains a control character, number \(scalar.value)",
        remedy: "remove it, or write it in double quotes as \\x\(digits.count == 1 ? "0" : "")\(digits)", line: line)
    case YAML_SCANNER_ERROR, YAML_PARSER_ERROR:
      // Its own bound, which it can meet before ours: it looks ahead for the end of a key.
      if words.hasPrefix("Maximum nesting level") {
        return .tooDeep(DocumentLimits(nodes: .max, depth: 1000), line: state.problem_mark.line + 1)
      }
      var cause = words
      if let context = state.context { cause += " " + String(cString: context) }
      let (begins, ends) = (state.context_mark.line + 1, state.problem_mark.line + 1)
      if state.context != nil, begins != ends { cause += " that begins in line \(begins)" }
      return DocumentProblem(cause: cause, remedy: remedy, line: ends, column: state.problem_mark.column + 1)
    default: return DocumentProblem(cause: words, remedy: "try again")
    }
  }
}

/// Characters that are text in YAML 1.2 (5.4) and line breaks for libyaml, which reads YAML 1.1: each gives its place to a
/// character that the text does not have, and gets it back in what was read.
private struct BreakStandIns {
  /// The text without such breaks.
  let hidden: String
  private var originals: [Unicode.Scalar: Unicode.Scalar] = [:]

  init(for text: String) {
    // Their first bytes in UTF-8; most texts have neither.
    guard text.utf8.contains(where: { $0 == 0xc2 || $0 == 0xe2 }) else {
      hidden = text
      return
    }
    let breaks = Set<Unicode.Scalar>(["\u{85}", "\u{2028}", "\u{2029}"]).intersection(text.unicodeScalars)
    // Private use, which libyaml passes on; there are more of them than characters of four bytes in the longest text.
    let used = Set(text.unicodeScalars.lazy.filter { $0.value >= 0xf0000 })
    let free = (UInt32(0xf0000)...0x10fffd).lazy.compactMap(Unicode.Scalar.init).filter { !used.contains($0) }
    var standIns: [Unicode.Scalar: Unicode.Scalar] = [:]
    for (original, standIn) in zip(breaks, free) {
      standIns[original] = standIn
      originals[standIn] = original
    }
    hidden = Self.replacing(text, standIns)
  }

  func restored(_ text: String) -> String { Self.replacing(text, originals) }

  private static func replacing(_ text: String, _ table: [Unicode.Scalar: Unicode.Scalar]) -> String {
    if table.isEmpty { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { table[$0] ?? $0 }))
  }
}
