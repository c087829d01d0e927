public import Failure

/// The body of a packet, described once for both directions.
public protocol Message: WireDefault, Hashable {
  /// Visits every field in wire order.
  mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError)
}

/// A question, and the type of its answer.
public protocol Request: Message {
  /// The body of the answer.
  associatedtype Reply: Message
  /// The verb's number in its protocol.
  static var verb: UInt16 { get }
}

/// An answer without content.
public struct Empty: Message {
  public init() {}
  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {}
}

/// Whole packets: header and body.
public enum Frame {
  /// Encodes a packet.
  /// - Throws: `.tooLong` or `.badText` if a field breaks the protocol's limits.
  public static func encode<M: Message>(_ header: FrameHeader, _ message: M) throws(WireError) -> [UInt8] {
    var encoder = Encoder()
    var (header, message) = (header, message)
    try header.fields(&encoder)
    try message.fields(&encoder)
    return encoder.bytes
  }

  /// Encodes a refusal; texts that are too long for the wire are cut, never refused.
  public static func encodeRefusal(id: UInt32, verb: UInt16, _ failure: Failure) -> [UInt8] {
    let header = FrameHeader(id: id, verb: verb, kind: .refusal)
    if let bytes = try? encode(header, Refusal(failure)) { return bytes }
    let plain = Refusal(Failure(failure.code, operation: "answer", cause: "the reason does not fit the wire"))
    return (try? encode(header, plain)) ?? []
  }

  /// Reads the header; the rest is read with `body`.
  public static func header(_ decoder: inout Decoder) throws(WireError) -> FrameHeader {
    var header = FrameHeader(id: 0, verb: 0, kind: .request)
    try header.fields(&decoder)
    return header
  }

  /// Reads the body as `M` and requires that nothing follows it.
  public static func body<M: Message>(_ type: M.Type, _ decoder: inout Decoder) throws(WireError) -> M {
    var message = M()
    try message.fields(&decoder)
    if decoder.remaining != 0 { throw .trailingBytes }
    return message
  }
}
