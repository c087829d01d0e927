/// Walks over the fields of a message: writing them out, or filling them in.
///
/// A message describes itself once, in `Message.fields`; encoder and decoder are the two walks over that description,
/// so the two directions cannot disagree.
public protocol Coder: ~Copyable {
  /// A fixed-width integer, little-endian.
  mutating func integer<I: FixedWidthInteger & BitwiseCopyable>(_ value: inout I) throws(WireError)
  /// A number at the end of a message that stands there if it is not 0: those of former releases end before it.
  mutating func trailing(_ value: inout UInt64) throws(WireError)
  /// UTF-8 without NUL, at most `max` bytes, behind a `u16` length.
  mutating func text(_ value: inout String, max: Int) throws(WireError)
  /// At most `max` elements behind a `u16` count.
  mutating func list<Element: WireDefault>(
    _ value: inout [Element], max: Int, _ element: (inout Self, inout Element) throws(WireError) -> Void
  ) throws(WireError)
}

/// A value that can be filled in by a decoder: it has a blank form to start from.
public protocol WireDefault: Sendable {
  /// The blank value.
  init()
}

extension String: WireDefault {}
extension UInt16: WireDefault {}
extension UInt64: WireDefault {}

extension Coder where Self: ~Copyable {
  /// One byte, 0 or 1.
  public mutating func flag(_ value: inout Bool) throws(WireError) {
    var byte: UInt8 = value ? 1 : 0
    try integer(&byte)
    guard byte <= 1 else { throw .badValue }
    value = byte == 1
  }

  /// An enumeration by its raw number; a number without a case is refused.
  public mutating func choice<E: RawRepresentable>(_ value: inout E) throws(WireError)
  where E.RawValue: FixedWidthInteger & BitwiseCopyable {
    var raw = value.rawValue
    try integer(&raw)
    guard let known = E(rawValue: raw) else { throw .badValue }
    value = known
  }
}

/// Writes fields behind each other into one buffer.
public struct Encoder: Coder, ~Copyable {
  /// What was written so far.
  public private(set) var bytes: [UInt8] = []

  /// An empty encoder.
  public init() { bytes.reserveCapacity(256) }

  public mutating func integer<I: FixedWidthInteger & BitwiseCopyable>(_ value: inout I) throws(WireError) {
    guard bytes.count + MemoryLayout<I>.size <= Wire.maxFrame else { throw .tooLong }
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  public mutating func trailing(_ value: inout UInt64) throws(WireError) { if value != 0 { try integer(&value) } }

  public mutating func text(_ value: inout String, max: Int) throws(WireError) {
    let utf8 = value.utf8
    guard utf8.count <= max, bytes.count + 2 + utf8.count <= Wire.maxFrame else { throw .tooLong }
    guard !utf8.contains(0) else { throw .badText }
    var length = UInt16(utf8.count)
    try integer(&length)
    bytes.append(contentsOf: utf8)
  }

  public mutating func list<Element: WireDefault>(
    _ value: inout [Element], max: Int, _ element: (inout Encoder, inout Element) throws(WireError) -> Void
  ) throws(WireError) {
    guard value.count <= max, value.count <= UInt16.max else { throw .tooLong }
    var count = UInt16(value.count)
    try integer(&count)
    for index in value.indices { try element(&self, &value[index]) }
  }
}

/// Reads fields from a packet. Never reads behind its end and never allocates by a number from the wire.
public struct Decoder: Coder, ~Copyable {
  private let bytes: [UInt8]
  private var offset = 0

  /// A decoder over the whole of `bytes`.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Bytes not yet read.
  public var remaining: Int { bytes.count - offset }

  public mutating func integer<I: FixedWidthInteger & BitwiseCopyable>(_ value: inout I) throws(WireError) {
    let size = MemoryLayout<I>.size
    guard remaining >= size else { throw .tooShort }
    value = I(littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: I.self) })
    offset += size
  }

  public mutating func trailing(_ value: inout UInt64) throws(WireError) {
    guard remaining > 0 else { return }
    try integer(&value)
    if value == 0 { throw .badValue }
  }

  public mutating func text(_ value: inout String, max: Int) throws(WireError) {
    var length: UInt16 = 0
    try integer(&length)
    guard Int(length) <= max else { throw .tooLong }
    guard remaining >= Int(length) else { throw .tooShort }
    let slice = bytes[offset..<offset + Int(length)]
    guard !slice.contains(0), let text = String(validating: slice, as: UTF8.self) else { throw .badText }
    value = text
    offset += Int(length)
  }

  public mutating func list<Element: WireDefault>(
    _ value: inout [Element], max: Int, _ element: (inout Decoder, inout Element) throws(WireError) -> Void
  ) throws(WireError) {
    var count: UInt16 = 0
    try integer(&count)
    guard Int(count) <= max else { throw .tooLong }
    // Every element takes at least one byte, so the count cannot promise more than the packet holds.
    guard Int(count) <= remaining else { throw .tooShort }
    value.removeAll(keepingCapacity: true)
    for _ in 0..<count {
      var next = Element()
      try element(&self, &next)
      value.append(next)
    }
  }
}
