public import Failure

/// A `Failure` on the wire.
public struct Refusal: Message {
  /// What it says.
  public var failure: Failure

  public init() { failure = Failure(.internal, operation: "", cause: "") }

  /// Wraps `failure`, cutting texts to what the wire takes.
  public init(_ failure: Failure) { self.failure = failure.shortened(to: Self.maxText) }

  /// Most bytes of each text.
  public static let maxText = 512

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    let codes = Failure.Code.wire
    var number = UInt16((codes.firstIndex(of: failure.code) ?? codes.count - 1) + 1)
    try coder.integer(&number)
    guard codes.indices.contains(Int(number) - 1) else { throw .badValue }
    failure.code = codes[Int(number) - 1]
    try coder.integer(&failure.errno)
    for text in [\Failure.operation, \.object, \.cause, \.remedy] {
      try coder.text(&failure[keyPath: text], max: Self.maxText)
    }
  }
}

extension Failure.Code {
  /// Codes by their number on the wire, which begins at 1. New ones are added at the end; the order never changes.
  static let wire: [Failure.Code] = [
    .invalid, .notFound, .exists, .denied, .state, .exhausted, .unavailable, .timeout, .protocol, .unsupported, .system,
    .internal,
  ]
}
