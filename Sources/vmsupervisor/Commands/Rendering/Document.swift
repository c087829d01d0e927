import Failure
import FoundationEssentials
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
      throw Failure(.internal, step: "write result as", object: format.rawValue, cause: "\(error)")
    }
  }

  /// `value` as one line of JSON, for streams.
  static func line(_ value: some Encodable) throws(Failure) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do { return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n" } catch {
      throw Failure(.internal, step: "write result as", object: "json", cause: "\(error)")
    }
  }

  /// Seconds since 1970 in ISO 8601, UTC, with milliseconds.
  static func time(_ seconds: Double) -> String {
    Date(timeIntervalSince1970: seconds).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }

  /// The JSON text set as YAML blocks, so that both are the same content to the digit: Yams' own encoder writes 4 as
  /// `4e+0`, which readers of YAML 1.1 take for a string.
  private static func yaml(_ value: some Encodable) throws -> String {
    guard let node = try Yams.compose(yaml: try json(value)) else { return "" }
    return try Yams.serialize(node: block(node), width: -1, allowUnicode: true)
  }

  private static func block(_ node: Node) -> Node {
    switch node {
    case .mapping(let mapping):
      let pairs = mapping.map { (key($0.key), block($0.value)) }
      return .mapping(Node.Mapping(pairs, .implicit, pairs.isEmpty ? .flow : .block))
    case .sequence(let sequence):
      return .sequence(Node.Sequence(sequence.map(block), .implicit, sequence.isEmpty ? .flow : .block))
    case .scalar, .alias: return node
    }
  }

  /// What is no string in YAML 1.1 when it stands without quotes.
  private static let words: Set = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]

  /// Our own keys without quotes. Keys of the user can look like something else, such as `on`, and keep them.
  private static func key(_ node: Node) -> Node {
    guard case .scalar(var scalar) = node, !words.contains(scalar.string), !scalar.string.isEmpty,
      scalar.string.allSatisfy({ ("a"..."z").contains($0) || $0 == "_" })
    else { return node }
    scalar.style = .plain
    return .scalar(scalar)
  }
}
