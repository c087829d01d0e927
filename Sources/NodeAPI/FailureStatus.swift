public import Failure
public import GRPCCore
public import GRPCProtobuf

// A failure crosses the wire as google.rpc.Status with one ErrorInfo, so that every client library can read it, and
// ours gets back the very same value.

extension Failure {
  /// The domain under which failures of ours travel.
  public static let statusDomain = "procurator"

  /// What to throw from a service method.
  public var status: GoogleRPCStatus {
    var metadata = ["operation": operation, "object": object, "cause": cause, "remedy": remedy]
    metadata = metadata.filter { !$0.value.isEmpty }.mapValues { $0.cut(to: Self.longestStatusText) }
    if let part { metadata["part"] = part.rawValue }
    if errno != 0 { metadata["errno"] = String(errno) }
    var message = description.cut(to: Self.longestStatusText)
    // The contract's control plane looks for these words in the message.
    if code == .notFound, cause.hasPrefix(Self.noSuchVMCause) { message = "VM not found: \(message)" }
    return GoogleRPCStatus(
      code: code.rpcCode, message: message,
      details: .errorInfo(reason: code.rawValue, domain: Self.statusDomain, metadata: metadata))
  }

  /// Bytes of one text in a status. All of them travel in one header block, and peers accept 16 KiB by default.
  static let longestStatusText = 2000

  /// Reads a failure back from the error of a call.
  ///
  /// An error without our details, such as one that the transport made, keeps its message as cause.
  ///
  /// - Parameters:
  ///   - error: what the call threw.
  ///   - operation: what was being done, for an error that does not say so itself.
  ///   - object: what it was done to, likewise.
  public init(_ error: RPCError, operation: String, object: String = "") {
    let details = ((try? error.unpackGoogleRPCStatus()) ?? nil)?.details ?? []
    let info = details.lazy.compactMap(\.errorInfo).first { $0.domain == Failure.statusDomain }
    guard let info, let code = Code(rawValue: info.reason) else {
      self.init(Code(error.code), operation: operation, object: object, cause: error.message)
      return
    }
    let text = info.metadata
    self.init(
      code, part: text["part"].flatMap(Part.init(rawValue:)), operation: text["operation"] ?? operation,
      object: text["object"] ?? "",
      cause: text["cause"] ?? error.message,
      remedy: text["remedy"] ?? "", errno: text["errno"].flatMap { Int32($0) } ?? 0)
  }
}

extension Failure.Code {
  /// The gRPC status of this class of failure.
  public var rpcCode: RPCError.Code {
    switch self {
    case .invalid: .invalidArgument
    case .notFound: .notFound
    case .exists: .alreadyExists
    case .denied: .permissionDenied
    // UNIMPLEMENTED is for methods that are not there, never for what is asked of one.
    case .state, .unsupported: .failedPrecondition
    case .exhausted: .resourceExhausted
    case .unavailable: .unavailable
    case .timeout: .deadlineExceeded
    case .protocol, .system, .internal: .internalError
    }
  }

  /// The class that a bare gRPC status belongs to.
  public init(_ code: RPCError.Code) {
    switch code {
    case .invalidArgument, .outOfRange: self = .invalid
    case .notFound: self = .notFound
    case .alreadyExists: self = .exists
    case .permissionDenied, .unauthenticated: self = .denied
    case .failedPrecondition, .aborted: self = .state
    case .resourceExhausted: self = .exhausted
    case .unavailable: self = .unavailable
    case .deadlineExceeded, .cancelled: self = .timeout
    case .unimplemented: self = .unsupported
    default: self = .internal
    }
  }
}

extension Limiquantix_Node_V1_FailureInfo {
  /// A failure as a field of a message.
  public init(_ failure: Failure) {
    self.init()
    code = failure.code.rawValue
    operation = failure.operation
    object = failure.object
    cause = failure.cause
    remedy = failure.remedy
    errno = failure.errno
    part = failure.part?.rawValue ?? ""
  }

  /// The failure; a code that this release does not know becomes `internal`.
  public var failure: Failure {
    Failure(
      Failure.Code(rawValue: code) ?? .internal, part: Failure.Part(rawValue: part), operation: operation,
      object: object, cause: cause, remedy: remedy, errno: errno)
  }
}

extension Limiquantix_Node_V1_WarningInfo {
  /// A warning as a field of a message.
  public init(_ warning: Warning) {
    self.init()
    id = warning.id
    part = warning.part.rawValue
    cause = warning.cause
    remedy = warning.remedy
    lasting = warning.isLasting
  }
}
