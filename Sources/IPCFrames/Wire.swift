/// Sizes and numbers of the frame that every packet carries.
///
/// A packet is a header of 8 bytes and a body, all little-endian:
/// `u32 request id | u16 verb | u8 kind | u8 reserved, 0 | body`.
/// SOCK_SEQPACKET keeps the boundaries, so there is no length field that could disagree with the packet.
public enum Wire {
  /// Largest packet in bytes, header included.
  public static let maxFrame = 16 * 1024
  /// Bytes before the body.
  public static let headerSize = 8
}

/// What a packet is: a question, its answer, or its refusal.
public enum FrameKind: UInt8, CaseIterable, Sendable {
  /// From the client.
  case request = 0
  /// Answer to the request of the same id and verb.
  case reply = 1
  /// Refusal of the request of the same id and verb; the body is a `Failure`.
  case refusal = 2
}

/// The header of a packet.
public struct FrameHeader: Hashable, Sendable {
  /// Chosen by the client, echoed in the answer.
  public var id: UInt32
  /// What is asked; the numbers belong to the protocol, netd's are in `Verb`.
  public var verb: UInt16
  /// Question, answer or refusal.
  public var kind: FrameKind

  /// Makes a header.
  public init(id: UInt32, verb: UInt16, kind: FrameKind) {
    self.id = id
    self.verb = verb
    self.kind = kind
  }

  mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try coder.integer(&id)
    try coder.integer(&verb)
    try coder.choice(&kind)
    var reserved: UInt8 = 0
    try coder.integer(&reserved)
    if reserved != 0 { throw .badValue }
  }
}

/// Why bytes are not a message.
public enum WireError: Error, Hashable, Sendable {
  /// The packet ends inside a field.
  case tooShort
  /// Bytes are left over behind the last field.
  case trailingBytes
  /// A string, list or packet is longer than the protocol allows.
  case tooLong
  /// A string is not UTF-8, or holds a NUL.
  case badText
  /// A number names no case of its enumeration, a flag is neither 0 nor 1, or a reserved byte is set.
  case badValue
}
