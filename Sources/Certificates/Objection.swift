import Failure

/// Why a certificate, a list or a text is not accepted: the half of a `Failure` that does not know what was being done.
struct Objection: Error, Hashable, Sendable {
  /// The rule that was broken, with what broke it.
  var cause: String
  /// What the reader can do about it.
  var remedy: String

  init(_ cause: String, remedy: String = "") {
    self.cause = cause
    self.remedy = remedy
  }

  /// As the failure of an operation.
  func failure(_ code: Failure.Code, _ operation: String, _ object: String) -> Failure {
    Failure(code, operation: operation, object: object, cause: cause, remedy: remedy)
  }

  /// The same of a file.
  func of(_ path: String) -> Objection { Objection("\(path): \(cause)", remedy: remedy) }

  /// Runs `body`; any error of it that is no objection itself is this one.
  static func of<R>(_ cause: String, remedy: String = "", _ body: () throws -> R) throws(Objection) -> R {
    do { return try body() } catch let objection as Objection { throw objection } catch {
      throw Objection(cause, remedy: remedy)
    }
  }
}
