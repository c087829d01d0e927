import Failure
import Foundation
import Linux

/// An answer of a name server (RFC 1035).
struct DNSAnswer: Hashable {
  /// 0 good, 3 no such name, 5 refused.
  let status: UInt8
  /// Addresses as texts, and names.
  let records: [String]
}

extension Guest {
  enum Kind: UInt16 {
    case a = 1
    case ptr = 12
    case aaaa = 28
  }

  /// Asks a server, the gateway if no other is named; nil if it does not answer in time.
  func resolve(
    _ name: String, _ kind: Kind = .a, port: UInt16 = 53, server: UInt32? = nil, seconds: Double = 5
  ) throws -> DNSAnswer? {
    let end = Date().addingTimeInterval(seconds)
    let source = UInt16.random(in: 20000...60000)
    while Date() < end {
      let id = Bytes.of(UInt16.random(in: 1 ... .max))
      var question: [UInt8] = id + [1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
      for label in name.split(separator: ".") { question += [UInt8(label.utf8.count)] + Array(label.utf8) }
      question += [0] + Bytes.of(kind.rawValue) + [0, 1]
      try sendUDP(question, from: source, to: server ?? gateway, port: port)
      let packet = receiveUDP(on: source, seconds: 0.5) { $0.count >= 12 && Array($0[0..<2]) == id }
      if let packet { return try Self.parse(packet, skipping: question.count) }
    }
    return nil
  }

  /// Asks until the answer is the expected one.
  func expect(_ name: String, _ wanted: DNSAnswer, _ kind: Kind = .a, port: UInt16 = 53) throws {
    var last: DNSAnswer?
    try wait("\(name) is \(wanted)", seconds: 15) {
      last = try resolve(name, kind, port: port, seconds: 1)
      return last == wanted
    }
  }

  private static func parse(_ packet: [UInt8], skipping start: Int) throws -> DNSAnswer {
    var records: [String] = []
    var index = start
    for _ in 0..<(Int(packet[6]) << 8 | Int(packet[7])) {
      _ = try text(packet, &index)
      guard index + 10 <= packet.count else { throw Errno(71) }
      let kind = Kind(rawValue: UInt16(packet[index]) << 8 | UInt16(packet[index + 1]))
      let length = Int(packet[index + 8]) << 8 | Int(packet[index + 9])
      index += 10
      guard index + length <= packet.count else { throw Errno(71) }
      let data = packet[index..<index + length]
      switch kind {
      case .a: records.append(data.map { String($0) }.joined(separator: "."))
      case .aaaa:
        let halves = [data.prefix(8), data.suffix(8)].map { $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        records.append(IPv6Address(high: halves[0], low: halves[1]).text)
      case .ptr:
        var place = index
        records.append(try text(packet, &place))
      case nil: break
      }
      index += length
    }
    return DNSAnswer(status: packet[3] & 15, records: records)
  }

  private static func text(_ packet: [UInt8], _ index: inout Int) throws -> String {
    var labels: [String] = []
    var place = index
    var isFar = false
    for _ in 0..<64 {
      guard place < packet.count else { break }
      let length = Int(packet[place])
      if length == 0 {
        if !isFar { index = place + 1 }
        return labels.joined(separator: ".")
      }
      guard place + 1 < packet.count, place + length < packet.count || length >= 192 else { break }
      if length >= 192 {
        if !isFar { index = place + 2 }
        isFar = true
        place = (length & 63) << 8 | Int(packet[place + 1])
      } else {
        labels.append(String(decoding: packet[place + 1...place + length], as: UTF8.self))
        place += 1 + length
      }
    }
    throw Failure(.protocol, operation: "read DNS answer", cause: "a name is malformed")
  }
}
