import Failure
import NodeAPI

/// A failure in results for programs.
struct FailureView: Encodable, Hashable, Sendable {
  var code: String
  var operation: String
  var object: String
  var cause: String
  var remedy: String
  var errno: Int32
  /// What of a node it concerns; nil if whoever refused cannot know.
  var part: String?

  init(_ failure: Failure) {
    code = failure.code.rawValue
    operation = failure.operation
    object = failure.object
    cause = failure.cause
    remedy = failure.remedy
    errno = failure.errno
    part = failure.part?.rawValue
  }

  /// What could not be done, to what, and why: `cannot OPERATION OBJECT: CAUSE`.
  func sentence() -> String {
    let shown = object.isEmpty ? "" : " " + object
    return operation.isEmpty ? cause : "cannot \(operation)\(shown): \(cause)"
  }

  init(_ info: Limiquantix_Node_V1_FailureInfo) { self.init(info.failure) }
}
