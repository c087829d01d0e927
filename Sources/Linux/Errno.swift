public import Failure
import Glibc

/// An error number of the kernel (`errno.h`).
public struct Errno: Error, Hashable, Sendable, CustomStringConvertible {
  /// The positive number.
  public let code: Int32

  /// Makes one from a positive number.
  public init(_ code: Int32) { self.code = code }

  /// The C library's words for it, from `strerror_r(3)`.
  public var description: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
      guard let start = buffer.baseAddress, strerror_r(code, start, buffer.count) == 0 else { return "errno \(code)" }
      return String(cString: start)
    }
  }

  /// Whether a caller may simply try later: EAGAIN, EWOULDBLOCK.
  public var isAgain: Bool { code == EAGAIN }

  /// Whether there is no room: on the file system, or in what one user may have of it.
  public var isFull: Bool { code == ENOSPC || code == EDQUOT }

  /// Turns a `-errno` result into a throw and passes anything else through.
  @discardableResult
  public static func check(_ result: Int32) throws(Errno) -> Int32 {
    if result < 0 { throw Errno(-result) }
    return result
  }

  /// The failure of `operation` on `object` with this number as the cause.
  public func failure(_ operation: String, _ object: String = "", remedy: String = "") -> Failure {
    let kind: Failure.Code =
      switch code {
      case EACCES, EPERM: .denied
      case ENOENT, ESRCH: .notFound
      case EEXIST, EBUSY: .exists
      case EMFILE, ENFILE, ENOSPC, ENOMEM, EDQUOT: .exhausted
      case ECONNREFUSED, ECONNRESET, EPIPE, ENOTCONN: .unavailable
      case ETIMEDOUT: .timeout
      default: .system
      }
    return Failure(
      kind, part: isFull ? .space : nil, operation: operation, object: object, cause: description, remedy: remedy,
      errno: code)
  }
}
