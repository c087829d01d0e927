import CMnl
import Glibc
import Linux

/// Writes one netlink message into a buffer that outlives it.
struct MessageBuilder {
  let start: UnsafeMutablePointer<nlmsghdr>
  private let room: Int
  private(set) var fits = true

  /// Begins a message; nil without a buffer.
  init?(_ buffer: UnsafeMutableRawBufferPointer, type: Int, flags: Int32, sequence: UInt32) {
    guard let base = buffer.baseAddress, let start = mnl_nlmsg_put_header(base) else { return nil }
    self.start = start
    room = buffer.count
    start.pointee.nlmsg_type = UInt16(type)
    start.pointee.nlmsg_flags = UInt16(flags | NLM_F_REQUEST)
    start.pointee.nlmsg_seq = sequence
  }

  var length: Int { Int(start.pointee.nlmsg_len) }

  /// Puts the family's own header behind the netlink header.
  mutating func header<Header: BitwiseCopyable>(_ header: Header) {
    guard let place = mnl_nlmsg_put_extra_header(start, MemoryLayout<Header>.size) else { return fits = false }
    place.storeBytes(of: header, as: Header.self)
  }

  mutating func number(_ type: Int, _ value: UInt32) { note(mnl_attr_put_u32_check(start, room, UInt16(type), value)) }
  mutating func long(_ type: Int, _ value: UInt64) { note(mnl_attr_put_u64_check(start, room, UInt16(type), value)) }
  mutating func short(_ type: Int, _ value: UInt16) { note(mnl_attr_put_u16_check(start, room, UInt16(type), value)) }
  mutating func byte(_ type: Int, _ value: UInt8) { note(mnl_attr_put_u8_check(start, room, UInt16(type), value)) }
  mutating func text(_ type: Int, _ value: String) { note(mnl_attr_put_strz_check(start, room, UInt16(type), value)) }

  /// A hardware address, 48 bits in the low end.
  mutating func hardwareAddress(_ type: Int, _ mac: UInt64) { bigEndian(type, mac << 16, count: 6) }

  /// An IPv4 address in host byte order.
  mutating func address(_ type: Int, _ address: UInt32) { bigEndian(type, UInt64(address) << 32, count: 4) }

  mutating func address(_ type: Int, _ address: IPv6Address) {
    bytes(type, (address.high.bigEndian, address.low.bigEndian))
  }

  /// A number in network byte order, as UDP ports are.
  mutating func bigEndianShort(_ type: Int, _ value: UInt16) { bigEndian(type, UInt64(value) << 48, count: 2) }

  /// A structure of the kernel's.
  mutating func bytes<Body: BitwiseCopyable>(_ type: Int, _ body: Body) {
    note(withUnsafeBytes(of: body) { mnl_attr_put_check(start, room, UInt16(type), $0.count, $0.baseAddress) })
  }

  mutating func nest(_ type: Int, _ body: (inout MessageBuilder) -> Void) {
    guard let nest = mnl_attr_nest_start_check(start, room, UInt16(type)) else { return fits = false }
    body(&self)
    mnl_attr_nest_end(start, nest)
  }

  private mutating func bigEndian(_ type: Int, _ value: UInt64, count: Int) {
    let bigEndian = value.bigEndian
    note(withUnsafeBytes(of: bigEndian) { mnl_attr_put_check(start, room, UInt16(type), count, $0.baseAddress) })
  }

  private mutating func note(_ isDone: Bool) { fits = fits && isDone }
}
