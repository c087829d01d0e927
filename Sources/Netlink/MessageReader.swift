import CMnl
import Glibc
import Linux

/// The messages of one datagram, one after the other; stops at the first whose length does not add up.
struct MessageWalk: IteratorProtocol {
  private var rest: UnsafeRawBufferPointer

  init(_ datagram: UnsafeRawBufferPointer) { rest = datagram }

  mutating func next() -> MessageReader? {
    let size = MemoryLayout<nlmsghdr>.size
    guard rest.count >= size else { return nil }
    let header = rest.loadUnaligned(as: nlmsghdr.self)
    let length = Int(header.nlmsg_len)
    guard length >= size, length <= rest.count else { return nil }
    let message = MessageReader(header: header, payload: UnsafeRawBufferPointer(rebasing: rest[size..<length]))
    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst((length + 3) & ~3))
    return message
  }
}

/// One received message; valid as long as the buffer it points into.
struct MessageReader {
  let header: nlmsghdr
  let payload: UnsafeRawBufferPointer

  var type: Int32 { Int32(header.nlmsg_type) }
  var sequence: UInt32 { header.nlmsg_seq }
  var port: UInt32 { header.nlmsg_pid }

  /// NLM_F_DUMP_INTR: the list changed while the kernel wrote it.
  var isTorn: Bool { header.nlmsg_flags & 0x10 != 0 }

  /// The errno in NLMSG_ERROR or NLMSG_DONE, which stands there negated; 0 for success.
  var errorNumber: Int32 { payload.count >= 4 ? Int32(clamping: payload.loadUnaligned(as: Int32.self).magnitude) : 0 }

  /// The kernel's sentence (NLMSGERR_ATTR_MSG = 1), empty if it sent none.
  var kernelWords: String {
    // NLM_F_ACK_TLVS: attributes follow; NLM_F_CAPPED: only the header of our request stands before them.
    guard header.nlmsg_flags & 0x200 != 0 else { return "" }
    var offset = type == NLMSG_DONE ? 4 : 4 + MemoryLayout<nlmsghdr>.size
    if type == NLMSG_ERROR, header.nlmsg_flags & 0x100 == 0, payload.count >= offset {
      offset = 4 + Int(payload.loadUnaligned(fromByteOffset: 4, as: nlmsghdr.self).nlmsg_len)
    }
    for attribute in attributes(after: offset) where attribute.type == 1 { return attribute.text }
    return ""
  }

  /// The family's own header; nil if the message is too short for it.
  func body<Body: BitwiseCopyable>(_ type: Body.Type) -> Body? {
    payload.count >= MemoryLayout<Body>.size ? payload.loadUnaligned(as: Body.self) : nil
  }

  /// The attributes behind `offset` bytes of payload.
  func attributes(after offset: Int) -> AttributeWalk { AttributeWalk(payload.dropFirst((offset + 3) & ~3)) }
}

/// Attributes one after the other; stops at the first whose length does not add up.
struct AttributeWalk: Sequence, IteratorProtocol {
  private var rest: UnsafeRawBufferPointer

  init(_ bytes: Slice<UnsafeRawBufferPointer>) { rest = UnsafeRawBufferPointer(rebasing: bytes) }

  mutating func next() -> AttributeReader? {
    guard rest.count >= 4 else { return nil }
    let length = Int(rest.loadUnaligned(as: UInt16.self))
    guard length >= 4, length <= rest.count else { return nil }
    // The upper two bits of the type are flags (NLA_TYPE_MASK).
    let type = Int(rest.loadUnaligned(fromByteOffset: 2, as: UInt16.self) & 0x3fff)
    let attribute = AttributeReader(type: type, bytes: UnsafeRawBufferPointer(rebasing: rest[4..<length]))
    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst((length + 3) & ~3))
    return attribute
  }
}

/// One attribute.
struct AttributeReader {
  let type: Int
  let bytes: UnsafeRawBufferPointer

  var number: UInt32 { bytes.count >= 4 ? bytes.loadUnaligned(as: UInt32.self) : 0 }
  var long: UInt64 { bytes.count >= 8 ? bytes.loadUnaligned(as: UInt64.self) : 0 }
  var short: UInt16 { bytes.count >= 2 ? bytes.loadUnaligned(as: UInt16.self) : 0 }
  /// A number in network byte order, as UDP ports and all of nftables are.
  var bigEndianShort: UInt16 { UInt16(bigEndian: short) }
  var bigEndianNumber: UInt32 { UInt32(bigEndian: number) }
  /// A number of a list; nil if the list is shorter.
  func number(at place: Int) -> UInt32? {
    bytes.count >= 4 * (place + 1) ? bytes.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self) : nil
  }
  /// A byte that means yes or no.
  var isOn: Bool { bytes.first.map { $0 != 0 } ?? false }
  var text: String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
  /// The first six bytes as a number, or 0.
  var hardwareAddress: UInt64 { bytes.count == 6 ? bytes.reduce(0) { $0 << 8 | UInt64($1) } : 0 }
  /// The first four bytes as an address in host byte order, or 0.
  var address: UInt32 { bytes.count == 4 ? bytes.reduce(0) { $0 << 8 | UInt32($1) } : 0 }
  /// The sixteen bytes of an IPv6 address; nil if it has another length.
  var address6: IPv6Address? {
    guard bytes.count == 16 else { return nil }
    let halves = bytes.loadUnaligned(as: (UInt64, UInt64).self)
    return IPv6Address(high: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1))
  }
  /// The kernel's structure in it; nil if it is too short for one.
  func body<Body: BitwiseCopyable>(_ type: Body.Type) -> Body? {
    bytes.count >= MemoryLayout<Body>.size ? bytes.loadUnaligned(as: Body.self) : nil
  }
  var nested: AttributeWalk { AttributeWalk(bytes[...]) }
}
