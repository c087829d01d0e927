package import Failure

/// How refusals speak of what was asked for: as a place in a document, or as what a caller has said without one.
package enum SpecVoice: Sendable {
  /// A document and the name that its file has for the reader; empty if it has none.
  case document(origin: String)
  /// Part of a request, such as a new limit.
  /// - Parameters:
  ///   - operation: what is being done.
  ///   - object: what it is done to.
  ///   - fields: the request's own names for keys of the document, by their path without numbers, such as `disks.size`;
  ///     empty for what is the object itself.
  case request(operation: String, object: String, fields: [String: String])

  /// The refusal of one value.
  /// - Parameters:
  ///   - path: its key path such as `disks[0].size`; empty for the whole.
  ///   - line: its line in a document.
  package func refusal(path: String, line: Int?, column: Int? = nil, cause: String, remedy: String) -> Failure {
    switch self {
    case .document(let origin):
      var object = origin.isEmpty ? "" : "\(origin): "
      object += path.isEmpty ? "the document" : path
      if let line { object += column.map { " (line \(line), column \($0))" } ?? " (line \(line))" }
      return Failure(.invalid, operation: "read spec", object: object, cause: cause, remedy: remedy)
    case .request(let operation, let object, let fields):
      let field = Self.field(path, fields)
      return Failure(
        .invalid, operation: operation, object: field.isEmpty ? object : "\(object): \(field)", cause: cause,
        remedy: remedy)
    }
  }

  /// The refusal of a specification that breaks a rule.
  /// - Parameter document: what it was read from; nil if it did not come as one.
  func refusal(_ problem: SpecProblem, in document: DocumentNode? = nil) -> Failure {
    let nearest = document?.nearest(problem.place)
    let place = problem.isMissing ? problem.place : nearest?.place ?? problem.place
    return refusal(path: place.text, line: nearest?.line, cause: problem.cause, remedy: problem.remedy)
  }

  /// The name of the longest part of `path` that has one; the path as it is if none has.
  private static func field(_ path: String, _ fields: [String: String]) -> String {
    var words = path.split(separator: ".").map { $0.prefix { $0 != "[" } }
    while !words.isEmpty {
      if let name = fields[words.joined(separator: ".")] { return name }
      words.removeLast()
    }
    return path
  }
}
