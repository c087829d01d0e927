import Foundation
import Linux

/// What a router advertisement says (RFC 4861, section 4.2).
struct Advertisement: Hashable {
  let isManaged: Bool
  let lifetime: UInt16
  /// Prefixes from which hosts are to make addresses by themselves.
  let ownPrefixes: Int
}

/// An answer of a DHCPv6 server (RFC 8415).
struct DHCP6Answer: Hashable {
  let kind: UInt8
  let address: IPv6Address?
  let server: [UInt8]
  let dns: IPv6Address?
}

/// The same guest over IPv6, as far as addresses are concerned.
extension Guest {
  /// fe80::/64 and the hardware address (RFC 4291, appendix A).
  var linkLocal: [UInt8] {
    [0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]]
  }

  private func send6(_ payload: [UInt8], next: UInt8, to target: [UInt8], hardware: [UInt8], sumAt: Int) {
    var payload = payload
    let pseudo = linkLocal + target + Bytes.of(UInt32(payload.count)) + [0, 0, 0, next]
    let sum = Bytes.of(Self.checksum(pseudo + payload + (payload.count % 2 == 1 ? [0] : [])))
    (payload[sumAt], payload[sumAt + 1]) = (sum[0], sum[1])
    let header = [0x60, 0, 0, 0] + Bytes.of(UInt16(payload.count)) + [next, 255] + linkLocal + target
    send(hardware + mac + [0x86, 0xdd] + header + payload)
  }

  private static func multicast(_ group: [UInt8]) -> (address: [UInt8], hardware: [UInt8]) {
    let address = [0xff, 2] + [UInt8](repeating: 0, count: 14 - group.count) + group
    return (address, [0x33, 0x33] + address.suffix(4))
  }

  /// Frames over IPv6: next header and payload. Answers who asks for our address.
  private func receive6<Value>(seconds: Double, _ pick: @escaping (UInt8, [UInt8]) -> Value?) -> Value? {
    receive(seconds: seconds) { frame in
      guard frame.count > 54, frame[12...13] == [0x86, 0xdd] else { return nil }
      let payload = Array(frame[54...].prefix(Int(frame[18]) << 8 | Int(frame[19])))
      // A neighbour solicitation (RFC 4861, section 4.3).
      if frame[20] == 58, payload.count >= 24, payload[0] == 135, Array(payload[8..<24]) == self.linkLocal {
        let answer = [136, 0, 0, 0, 0x60, 0, 0, 0] + self.linkLocal + [2, 1] + self.mac
        self.send6(answer, next: 58, to: Array(frame[22..<38]), hardware: Array(frame[6..<12]), sumAt: 2)
        return nil
      }
      return pick(frame[20], payload)
    }
  }

  /// Asks routers to make themselves known.
  func solicitRouter(seconds: Double = 15) -> Advertisement? {
    let end = Date().addingTimeInterval(seconds)
    let routers = Self.multicast([2])
    while Date() < end {
      send6([133, 0, 0, 0, 0, 0, 0, 0], next: 58, to: routers.address, hardware: routers.hardware, sumAt: 2)
      let found: Advertisement? = receive6(seconds: 1) { next, payload in
        guard next == 58, payload.count >= 16, payload[0] == 134 else { return nil }
        var own = 0
        var index = 16
        while index + 1 < payload.count, payload[index + 1] > 0 {
          if payload[index] == 3, payload[index + 3] & 0x40 != 0 { own += 1 }
          index += 8 * Int(payload[index + 1])
        }
        return Advertisement(
          isManaged: payload[5] & 0x80 != 0, lifetime: UInt16(payload[6]) << 8 | UInt16(payload[7]), ownPrefixes: own)
      }
      if let found { return found }
    }
    return nil
  }

  /// Solicits and requests an address.
  func lease6(seconds: Double = 20) -> DHCP6Answer? {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      guard let offer = dhcp6(1, [], seconds: 1.5) else { continue }
      let server = [0, 2] + Bytes.of(UInt16(offer.server.count)) + offer.server
      if let answer = dhcp6(3, server, seconds: 1.5) { return answer }
    }
    return nil
  }

  private func dhcp6(_ kind: UInt8, _ extra: [UInt8], seconds: Double) -> DHCP6Answer? {
    let transaction = Array(Bytes.of(UInt32.random(in: 1 ... .max)).suffix(3))
    // Client identifier, an association, the request for name servers, and the time since the first attempt.
    let options: [UInt8] =
      [0, 1, 0, 10, 0, 3, 0, 1] + mac + [0, 3, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0] + [0, 6, 0, 2, 0, 23]
      + [0, 8, 0, 2, 0, 0]
    let message = [kind] + transaction + options + extra
    let datagram =
      Bytes.of(UInt16(546)) + Bytes.of(UInt16(547)) + Bytes.of(UInt16(8 + message.count)) + [0, 0] + message
    let servers = Self.multicast([0, 1, 0, 2])
    send6(datagram, next: 17, to: servers.address, hardware: servers.hardware, sumAt: 6)
    return receive6(seconds: seconds) { next, payload in
      guard next == 17, payload.count > 12, payload[2...3] == [2, 34], Array(payload[9..<12]) == transaction else {
        return nil
      }
      let options = Self.options6(payload[12...])
      let inner = Self.options6((options[3] ?? []).dropFirst(12)[...])
      return DHCP6Answer(
        kind: payload[8], address: inner[5].flatMap(Self.address), server: options[2] ?? [],
        dns: options[23].flatMap(Self.address))
    }
  }

  private static func options6(_ bytes: ArraySlice<UInt8>) -> [UInt16: [UInt8]] {
    var rest = Array(bytes)
    var options: [UInt16: [UInt8]] = [:]
    while rest.count >= 4 {
      let length = Int(rest[2]) << 8 | Int(rest[3])
      options[UInt16(rest[0]) << 8 | UInt16(rest[1])] = Array(rest.dropFirst(4).prefix(length))
      rest = Array(rest.dropFirst(4 + length))
    }
    return options
  }

  private static func address(_ bytes: [UInt8]) -> IPv6Address? {
    guard bytes.count >= 16 else { return nil }
    let halves = [bytes[0..<8], bytes[8..<16]].map { $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
    return IPv6Address(high: halves[0], low: halves[1])
  }
}
