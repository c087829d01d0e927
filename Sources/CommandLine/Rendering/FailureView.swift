import Failure
import NodeAPI

/// A failure in results for programs.
struct FailureView: Encodable, Hashable, Sendable {
  var code: String
  var step: String
  var object: String
  var cause: String
  var cure: String
  var errno: Int32

  init(_ failure: Failure) {
    code = failure.code.rawValue
    step = failure.step
    object = failure.object
    cause = failure.cause
    cure = failure.cure
    errno = failure.errno
  }

  /// What could not be done, to what, and why: `cannot STEP OBJECT: CAUSE`.
  func sentence() -> String {
    let shown = object.isEmpty ? "" : " " + object
    return step.isEmpty ? cause : "cannot \(step)\(shown): \(cause)"
  }

  init(_ info: Limiquantix_Node_V1_FailureInfo) { self.init(info.failure) }
}
