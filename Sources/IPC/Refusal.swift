public import Failure

/// A `Failure` on the wire.
public struct Refusal: Message {
  /// What it says.
  public var failure: Failure

  public init() { failure = Failure(.internal, step: "", cause: "") }

  /// Wraps `failure`, cutting texts to what the wire takes.
  public init(_ failure: Failure) {
    self.failure = failure
    self.failure.step = Self.cut(failure.step)
    self.failure.object = Self.cut(failure.object)
    self.failure.cause = Self.cut(failure.cause)
    self.failure.cure = Self.cut(failure.cure)
  }

  /// Most bytes of each text.
  public static let maxText = 512

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    var number = WireCode(failure.code)
    try coder.choice(&number)
    failure.code = number.code
    try coder.integer(&failure.errno)
    try coder.text(&failure.step, max: Self.maxText)
    try coder.text(&failure.object, max: Self.maxText)
    try coder.text(&failure.cause, max: Self.maxText)
    try coder.text(&failure.cure, max: Self.maxText)
  }

  private static func cut(_ text: String) -> String {
    let clean = text.filter { $0 != "\0" }
    guard clean.utf8.count > maxText else { return clean }
    var short = ""
    var size = 0
    for character in clean {
      size += character.utf8.count
      if size > maxText { break }
      short.append(character)
    }
    return short
  }
}

/// Numbers of `Failure.Code` on the wire. They never change; new ones are added at the end.
enum WireCode: UInt16, CaseIterable {
  case invalid = 1
  case notFound, exists, denied, state, exhausted, unavailable, timeout, `protocol`, unsupported, system, `internal`

  init(_ code: Failure.Code) {
    self =
      switch code {
      case .invalid: .invalid
      case .notFound: .notFound
      case .exists: .exists
      case .denied: .denied
      case .state: .state
      case .exhausted: .exhausted
      case .unavailable: .unavailable
      case .timeout: .timeout
      case .protocol: .protocol
      case .unsupported: .unsupported
      case .system: .system
      case .internal: .internal
      }
  }

  var code: Failure.Code {
    switch self {
    case .invalid: .invalid
    case .notFound: .notFound
    case .exists: .exists
    case .denied: .denied
    case .state: .state
    case .exhausted: .exhausted
    case .unavailable: .unavailable
    case .timeout: .timeout
    case .protocol: .protocol
    case .unsupported: .unsupported
    case .system: .system
    case .internal: .internal
    }
  }
}
