import Linux

/// IPv4 addresses and ports that a network card may reach, written `ADDRESS[/PREFIX][:PORT[-PORT]][/tcp|/udp]`.
///
/// Without ports and protocol it is everything at those addresses; with ports alone they are those of TCP; with a protocol
/// alone it is all ports of that one.
package struct AddressRule: Sendable, Hashable {
  /// First address in host byte order.
  package var address: UInt32
  /// Bits of the prefix, 0 to 32.
  package var prefix: UInt8
  /// Which ports; nil is everything, protocols without ports too.
  package var ports: Ports?

  /// Ports of one protocol.
  package struct Ports: Sendable, Hashable {
    /// TCP or UDP.
    package var `protocol`: PortProtocol
    /// First to last; 0 to 65535 is all of them.
    package var range: ClosedRange<UInt16>

    /// Makes some.
    package init(_ protocol: PortProtocol, _ range: ClosedRange<UInt16> = 0...(.max)) {
      self.protocol = `protocol`
      self.range = range
    }
  }

  /// Makes a rule.
  package init(address: UInt32, prefix: UInt8 = 32, ports: Ports? = nil) {
    self.address = address
    self.prefix = prefix
    self.ports = ports
  }

  /// Reads the text form; nil for anything else, for IPv6, and for bits behind the prefix.
  package init?(_ text: String) {
    var rest = text[...]
    var named: PortProtocol?
    for one in PortProtocol.allCases where rest.hasSuffix("/" + one.rawValue) {
      named = one
      rest = rest.dropLast(one.rawValue.count + 1)
    }
    var range: ClosedRange<UInt16>?
    if let colon = rest.firstIndex(of: ":") {
      guard let given = PortRange.parse(rest[rest.index(after: colon)...]) else { return nil }
      range = given
      rest = rest[..<colon]
    }
    guard let subnet = IPv4.subnet(rest.contains("/") ? String(rest) : rest + "/32") else { return nil }
    self.init(address: subnet.base, prefix: subnet.prefix)
    if let range { ports = Ports(named ?? .tcp, range) } else if let named { ports = Ports(named) }
  }

  /// The text form that reads back.
  package var text: String {
    var text = IPv4.text(address)
    if prefix != 32 { text += "/\(prefix)" }
    guard let ports else { return text }
    let (first, last) = (ports.range.lowerBound, ports.range.upperBound)
    if (first, last) != (0, .max) { text += first == last ? ":\(first)" : ":\(first)-\(last)" }
    return text + "/" + ports.protocol.rawValue
  }
}

/// Ports as people write them.
enum PortRange {
  /// `PORT` or `PORT-PORT` upwards, from 1; nil for anything else.
  static func parse(_ text: some StringProtocol) -> ClosedRange<UInt16>? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    // Without signs and leading zeros.
    let numbers = parts.compactMap { part in UInt16(part).flatMap { String($0) == part ? $0 : nil } }
    guard (1...2).contains(parts.count), numbers.count == parts.count, let first = numbers.first,
      let last = numbers.last, first >= 1, first <= last
    else { return nil }
    return first...last
  }
}

extension AddressRule: Codable {
  /// Reads the text form.
  package init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    guard let rule = AddressRule(try value.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: value, debugDescription: "no addresses")
    }
    self = rule
  }

  /// Writes the text form.
  package func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    try value.encode(text)
  }
}
