package import Failure

/// How somebody says which VM is meant: its id in either case, its name, or a beginning of one of them that fits one VM
/// only.
package struct VMReference: Sendable {
  private let text: String

  package init(_ text: String) { self.text = text }

  /// Those that it fits.
  package enum Match<One> {
    case one(One)
    case none
    case several([One])
  }

  /// Finds it. A whole id comes before a whole name, and both before beginnings.
  /// - Parameters:
  ///   - isWhole: no beginnings, for what cannot be taken back.
  ///   - names: id, in small letters, and name of each.
  package func find<One>(
    among all: some Sequence<One>, isWhole: Bool = false, _ names: (One) -> (id: String, name: String)
  ) -> Match<One> {
    let id = text.lowercased()
    var (named, fitting): (One?, [One]) = (nil, [])
    for one in all {
      let own = names(one)
      if own.id == id { return .one(one) }
      if own.name == text { named = named ?? one }
      if !isWhole, !text.isEmpty, own.id.hasPrefix(id) || own.name.hasPrefix(text) { fitting.append(one) }
    }
    if let named { return .one(named) }
    return fitting.count > 1 ? .several(fitting) : fitting.first.map { .one($0) } ?? .none
  }

  /// The refusal of one that fits several.
  /// - Parameter names: of those.
  package func isAmbiguous(_ names: [String], operation: String) -> Failure {
    Failure(
      .invalid, operation: operation, object: text, cause: "it fits \(names.sorted().joined(separator: ", "))",
      remedy: "write more of the name or id")
  }
}
