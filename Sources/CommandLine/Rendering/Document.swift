import Failure
import FoundationEssentials
import VMSpec
import Yams

/// Results for programs. JSON and YAML have the same keys; a key that is known to nobody is left out.
enum Document {
  /// The version of all these layouts. Keys may be added under it; none is renamed, retyped or removed.
  static let schema = "procurator.v1"

  /// The text of `value` in a format for programs; nil for the formats for people.
  static func text(_ value: some Encodable, _ format: OutputFormat) throws(Failure) -> String? {
    do {
      switch format {
      case .json: return try json(value)
      case .yaml: return try yaml(value)
      case .table, .name: return nil
      }
    } catch {
      throw Failure(.internal, operation: "write result as", object: format.rawValue, cause: "\(error)")
    }
  }

  /// `value` as one line of JSON, for streams.
  static func line(_ value: some Encodable) throws(Failure) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do { return JSONForYAML.text(String(decoding: try encoder.encode(value), as: UTF8.self)) + "\n" } catch {
      throw Failure(.internal, operation: "write result as", object: "json", cause: "\(error)")
    }
  }

  /// Seconds since 1970 in ISO 8601, UTC, with milliseconds.
  static func time(_ seconds: Double) -> String {
    Date(timeIntervalSince1970: seconds).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return JSONForYAML.text(String(decoding: try encoder.encode(value), as: UTF8.self)) + "\n"
  }

  /// The JSON text set as YAML blocks, so that both are the same content to the digit: Yams' own encoder writes 4 as
  /// `4e+0`, which readers of YAML 1.1 take for a string.
  private static func yaml(_ value: some Encodable) throws -> String {
    guard let node = DocumentNode.own(json: try json(value)) else { return "" }
    return try Yams.serialize(node: block(node), width: -1, allowUnicode: true)
  }

  private static func block(_ node: DocumentNode) -> Node {
    switch node.content {
    case .mapping(let pairs):
      let nodes = pairs.map { (key($0.key), block($0.value)) }
      return .mapping(Node.Mapping(nodes, .implicit, pairs.isEmpty ? .flow : .block))
    case .list(let elements):
      return .sequence(Node.Sequence(elements.map(block), .implicit, elements.isEmpty ? .flow : .block))
    case .scalar(let text, let plain):
      return .scalar(Node.Scalar(text, .implicit, plain ? .plain : .doubleQuoted))
    }
  }

  /// What is no string in YAML 1.1 when it stands without quotes.
  private static let words: Set = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]

  /// Our own keys without quotes. Keys of the user can look like something else, such as `on`, and keep them.
  private static func key(_ text: String) -> Node {
    let isWord = !words.contains(text) && !text.isEmpty && text.allSatisfy { ("a"..."z").contains($0) || $0 == "_" }
    return .scalar(Node.Scalar(text, .implicit, isWord ? .plain : .doubleQuoted))
  }
}
