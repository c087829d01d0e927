import Linux

/// Ethernet frames, built byte by byte with right checksums, so that what is refused is refused for what it says.
enum Frames {
  static let broadcast: UInt64 = 0xffff_ffff_ffff

  static func bytes(_ number: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * (count - 1 - $0))) }
  }

  static func bytes(_ address: IPv6Address) -> [UInt8] { bytes(address.high, 8) + bytes(address.low, 8) }

  /// A frame, at least as long as Ethernet wants it (60 bytes without checksum).
  static func ethernet(to: UInt64, from: UInt64, type: UInt16, _ payload: [UInt8]) -> [UInt8] {
    let frame = bytes(to, 6) + bytes(from, 6) + bytes(UInt64(type), 2) + payload
    return frame + [UInt8](repeating: 0, count: max(0, 60 - frame.count))
  }

  /// ARP (RFC 826): 1 asks, 2 answers.
  static func arp(
    _ operation: UInt16, to: UInt64 = broadcast, from: UInt64, senderMAC: UInt64? = nil, sender: UInt32,
    target: UInt32, hardware: UInt16 = 1
  ) -> [UInt8] {
    ethernet(
      to: to, from: from, type: 0x0806,
      bytes(UInt64(hardware), 2) + [8, 0, 6, 4] + bytes(UInt64(operation), 2) + bytes(senderMAC ?? from, 6)
        + bytes(UInt64(sender), 4) + [UInt8](repeating: 0, count: 6) + bytes(UInt64(target), 4))
  }

  // MARK: IPv4

  static func ipv4(
    to: UInt64, from: UInt64, _ source: UInt32, _ target: UInt32, transport: UInt8, _ payload: [UInt8]
  ) -> [UInt8] {
    fragment(to: to, from: from, source, target, transport: transport, 0, payload)
  }

  /// A part of a packet: 0x2000 says that more follow, the lower 13 bits where it belongs, in units of eight bytes.
  static func fragment(
    to: UInt64, from: UInt64, _ source: UInt32, _ target: UInt32, transport: UInt8, _ place: UInt16, _ payload: [UInt8]
  ) -> [UInt8] {
    var header: [UInt8] =
      [0x45, 0] + bytes(UInt64(20 + payload.count), 2) + [0, 1] + bytes(UInt64(place), 2) + [64, transport, 0, 0]
      + bytes(UInt64(source), 4) + bytes(UInt64(target), 4)
    header.replaceSubrange(10..<12, with: checksum(header))
    return ethernet(to: to, from: from, type: 0x0800, header + payload)
  }

  static func udp(
    to: UInt64, from: UInt64, _ source: UInt32, _ target: UInt32, ports: (UInt16, UInt16), _ data: [UInt8] = []
  ) -> [UInt8] {
    let pseudo = bytes(UInt64(source), 4) + bytes(UInt64(target), 4)
    return ipv4(to: to, from: from, source, target, transport: 17, datagram(pseudo, ports, data))
  }

  /// What a DHCP client says (RFC 2131): 1 DISCOVER, 3 REQUEST, 4 DECLINE, 7 RELEASE.
  static func dhcp(_ type: UInt8, of client: UInt64, hardware: UInt8 = 1, length: UInt8 = 6) -> [UInt8] {
    [1, hardware, length, 0, 1, 2, 3, 4] + [UInt8](repeating: 0, count: 20) + bytes(client, 6)
      + [UInt8](repeating: 0, count: 202) + [99, 130, 83, 99, 53, 1, type, 255]
  }

  /// A TCP segment without data; 0x02 SYN, 0x12 SYN and ACK, 0x10 ACK. A SYN announces segments of 1460 bytes.
  static func tcp(
    to: UInt64, from: UInt64, _ source: UInt32, _ target: UInt32, ports: (UInt16, UInt16), flags: UInt8 = 2,
    sequence: UInt32 = 1, acknowledged: UInt32 = 0
  ) -> [UInt8] {
    let hasOption = flags & 2 != 0
    var segment: [UInt8] =
      bytes(UInt64(ports.0), 2) + bytes(UInt64(ports.1), 2) + bytes(UInt64(sequence), 4)
      + bytes(UInt64(acknowledged), 4) + [hasOption ? 0x60 : 0x50, flags, 0xff, 0xff, 0, 0, 0, 0]
    if hasOption { segment += [2, 4, 0x05, 0xb4] }
    let pseudo = bytes(UInt64(source), 4) + bytes(UInt64(target), 4) + [0, 6] + bytes(UInt64(segment.count), 2)
    segment.replaceSubrange(16..<18, with: checksum(pseudo + segment))
    return ipv4(to: to, from: from, source, target, transport: 6, segment)
  }

  /// 8 asks, 0 answers.
  static func echo(
    _ type: UInt8 = 8, to: UInt64, from: UInt64, _ source: UInt32, _ target: UInt32, sequence: UInt16 = 1
  ) -> [UInt8] {
    var message: [UInt8] = [type, 0, 0, 0, 0, 7] + bytes(UInt64(sequence), 2) + Array("procurator".utf8)
    message.replaceSubrange(2..<4, with: checksum(message))
    return ipv4(to: to, from: from, source, target, transport: 1, message)
  }

  // MARK: IPv6

  static func ipv6(
    to: UInt64, from: UInt64, _ source: IPv6Address, _ target: IPv6Address, next: UInt8, _ payload: [UInt8]
  ) -> [UInt8] {
    ethernet(
      to: to, from: from, type: 0x86dd,
      [0x60, 0, 0, 0] + bytes(UInt64(payload.count), 2) + [next, 255] + bytes(source) + bytes(target) + payload)
  }

  static func icmp6(
    to: UInt64, from: UInt64, _ source: IPv6Address, _ target: IPv6Address, type: UInt8, _ body: [UInt8]
  ) -> [UInt8] {
    ipv6(to: to, from: from, source, target, next: 58, message6(source, target, type, body))
  }

  /// A message of ICMPv6 with its checksum.
  static func message6(_ source: IPv6Address, _ target: IPv6Address, _ type: UInt8, _ body: [UInt8]) -> [UInt8] {
    var message = [type, 0, 0, 0] + body
    let pseudo = bytes(source) + bytes(target) + bytes(UInt64(message.count), 4) + [0, 0, 0, 58]
    message.replaceSubrange(2..<4, with: checksum(pseudo + message))
    return message
  }

  static func udp6(
    to: UInt64, from: UInt64, _ source: IPv6Address, _ target: IPv6Address, ports: (UInt16, UInt16),
    _ data: [UInt8] = []
  ) -> [UInt8] {
    ipv6(to: to, from: from, source, target, next: 17, datagram(bytes(source) + bytes(target), ports, data))
  }

  /// Neighbour discovery (RFC 4861): 135 asks, 136 answers about `subject`.
  static func neighbour(
    _ type: UInt8, to: UInt64, from: UInt64, _ source: IPv6Address, _ target: IPv6Address, about subject: IPv6Address
  ) -> [UInt8] {
    let flags: [UInt8] = type == 136 ? [0x60, 0, 0, 0] : [0, 0, 0, 0]
    // No link-layer option where the source is unspecified (section 4.3).
    let option: [UInt8] = source.high == 0 ? [] : [type == 136 ? 2 : 1, 1] + bytes(from, 6)
    return icmp6(to: to, from: from, source, target, type: type, flags + bytes(subject) + option)
  }

  /// A router that claims to be the way out.
  static let advertisement: [UInt8] = [64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0]
  static let allNodes = IPv6Address(high: 0xff02 << 48, low: 1)
  static let allNodesMAC: UInt64 = 0x3333_0000_0001
  static let unspecified = IPv6Address(high: 0, low: 0)

  // MARK: Parts

  private static func datagram(_ addresses: [UInt8], _ ports: (UInt16, UInt16), _ data: [UInt8]) -> [UInt8] {
    var datagram =
      bytes(UInt64(ports.0), 2) + bytes(UInt64(ports.1), 2) + bytes(UInt64(8 + data.count), 2) + [0, 0] + data
    let pseudo = addresses + [0, 17] + bytes(UInt64(datagram.count), 2)
    datagram.replaceSubrange(6..<8, with: checksum(pseudo + datagram))
    return datagram
  }

  /// The sum of RFC 1071.
  static func checksum(_ bytes: [UInt8]) -> [UInt8] {
    var sum: UInt32 = 0
    for start in stride(from: 0, to: bytes.count, by: 2) {
      sum += UInt32(bytes[start]) << 8 | (start + 1 < bytes.count ? UInt32(bytes[start + 1]) : 0)
    }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    return Self.bytes(UInt64(~sum & 0xffff), 2)
  }
}
