package import Failure

/// What became of a call.
package enum CallOutcome: Hashable, Sendable {
  case answered
  /// The node's own refusal, or an error that only it can have made.
  case refused(Failure.Code)
  /// It did not answer in time.
  case late
  /// It could not be reached, or the connection broke.
  case unreached(Failure)

  /// `ok`, or the code of the failure.
  package var word: String {
    switch self {
    case .answered: "ok"
    case .refused(let code): code.rawValue
    case .late: Failure.Code.timeout.rawValue
    case .unreached(let failure): failure.code.rawValue
    }
  }
}
