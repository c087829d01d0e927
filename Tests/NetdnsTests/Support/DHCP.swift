import Foundation
import Linux

/// An answer of a DHCP server (RFC 2131).
struct DHCPAnswer {
  let kind: UInt8
  let address: UInt32
  /// By number (RFC 2132).
  let options: [UInt8: [UInt8]]
}

extension Guest {
  /// Discovers and requests an address; nil if nobody offers one.
  func lease(name: String = "", seconds: Double = 10, isMissingExpected: Bool = false) throws -> DHCPAnswer? {
    var extra: [UInt8] = []
    if !name.isEmpty { extra = [12, UInt8(name.utf8.count)] + Array(name.utf8) }
    // A clone's identifier: the same for all guests.
    extra += [61, 3, 0, 7, 7]
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      guard let offer = try dhcp(1, extra, seconds: 1) else {
        if isMissingExpected { return nil }
        continue
      }
      let wanted = [50, 4] + Bytes.of(offer.address) + [54, 4] + (offer.options[54] ?? [])
      if let answer = try dhcp(3, extra + wanted, seconds: 1) { return answer }
    }
    return nil
  }

  private func dhcp(_ kind: UInt8, _ extra: [UInt8], seconds: Double) throws -> DHCPAnswer? {
    let transaction = Bytes.of(UInt32.random(in: 1 ... .max))
    var packet: [UInt8] = [1, 1, 6, 0] + transaction + [0, 0, 0x80, 0] + [UInt8](repeating: 0, count: 16)
    packet += mac + [UInt8](repeating: 0, count: 10 + 192) + [0x63, 0x82, 0x53, 0x63]
    packet += [53, 1, kind, 55, 6, 1, 3, 6, 15, 26, 51] + extra + [255]
    try sendUDP(packet, from: 68, to: nil, port: 67)
    let answer = receiveUDP(on: 68, seconds: seconds) { Array($0[4..<8]) == transaction }
    return answer.flatMap(Self.parse)
  }

  /// Says in the name of another that an address is in use already (RFC 2131, 4.4.4): a server gives it to nobody then.
  func decline(_ address: UInt32, of other: [UInt8], at server: UInt32) throws {
    var packet: [UInt8] = [1, 1, 6, 0] + Bytes.of(UInt32.random(in: 1 ... .max)) + [UInt8](repeating: 0, count: 20)
    packet += other + [UInt8](repeating: 0, count: 10 + 192) + [0x63, 0x82, 0x53, 0x63]
    packet += [53, 1, 4, 50, 4] + Bytes.of(address) + [54, 4] + Bytes.of(server) + [255]
    try sendUDP(packet, from: 68, to: nil, port: 67)
    try sendUDP(packet, from: 68, to: server, port: 67)
  }

  private static func parse(_ packet: [UInt8]) -> DHCPAnswer? {
    guard packet.count > 240 else { return nil }
    var options: [UInt8: [UInt8]] = [:]
    var index = 240
    while index < packet.count, packet[index] != 255 {
      guard packet[index] != 0 else {
        index += 1
        continue
      }
      guard index + 1 < packet.count, index + 2 + Int(packet[index + 1]) <= packet.count else { return nil }
      options[packet[index]] = Array(packet[index + 2..<index + 2 + Int(packet[index + 1])])
      index += 2 + Int(packet[index + 1])
    }
    let address = packet[16..<20].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return DHCPAnswer(kind: options[53]?.first ?? 0, address: address, options: options)
  }
}
