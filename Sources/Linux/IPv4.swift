/// IPv4 addresses in host byte order and as people write them.
public enum IPv4 {
  /// `10.100.3.17` of a number.
  public static func text(_ address: UInt32) -> String {
    stride(from: 24, through: 0, by: -8).map { String(address >> UInt32($0) & 255) }.joined(separator: ".")
  }

  /// The number of four decimal bytes without leading zeros; nil for anything else.
  public static func parse(_ text: some StringProtocol) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var address: UInt32 = 0
    for part in parts {
      guard let byte = UInt8(part), String(byte) == part else { return nil }
      address = address << 8 | UInt32(byte)
    }
    return address
  }

  /// The first address and the prefix of `10.100.0.0/16`; nil for anything else, and for bits behind the prefix.
  public static func subnet(_ text: String) -> (base: UInt32, prefix: UInt8)? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let base = parse(parts[0]), let prefix = UInt8(parts[1]),
      String(prefix) == parts[1], prefix <= 32, base & ~mask(prefix: prefix) == 0
    else { return nil }
    return (base, prefix)
  }

  /// The mask of a prefix of 0 to 32 bits.
  public static func mask(prefix: UInt8) -> UInt32 { prefix == 0 ? 0 : .max << UInt32(32 - min(32, prefix)) }

  /// What a subnet is for, in words that go on "it is"; nil if hosts of a network may have its addresses (RFC 6890).
  public static func reserved(_ base: UInt32, prefix: UInt8) -> String? {
    let ranges: [(base: UInt32, prefix: UInt8, words: String)] = [
      (0, 8, "of hosts that have no address yet (0.0.0.0/8)"), (0x7f00_0000, 8, "the loopback's (127.0.0.0/8)"),
      (0xa9fe_0000, 16, "link-local (169.254.0.0/16)"), (0xe000_0000, 4, "multicast (224.0.0.0/4)"),
      (0xf000_0000, 4, "reserved, or the broadcast address (240.0.0.0/4)"),
    ]
    return ranges.first {
      base & mask(prefix: min(prefix, $0.prefix)) == $0.base & mask(prefix: min(prefix, $0.prefix))
    }?
    .words
  }
}
