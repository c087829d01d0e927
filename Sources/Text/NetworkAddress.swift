import Linux

/// A host and a port as people write them: `HOST:PORT`, `[IPV6]:PORT`.
package struct NetworkAddress: Hashable, Sendable {
  /// A name or an IP address, without brackets.
  package var host: String
  package var port: UInt16

  /// Port of nodes: that of the contract.
  package static let nodePort: UInt16 = 9090

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads the text form; nil for anything else.
  /// - Parameter usual: the port of a text that names none; without it there has to be one.
  package init?(_ text: String, port usual: UInt16? = nil) {
    var host = text[...]
    var port = usual
    let end = text.hasPrefix("[") ? text.firstIndex(of: "]").map(text.index(after:)) : text.firstIndex(of: ":")
    if let end, end < text.endIndex, text[end] == ":" {
      host = text[..<end]
      guard let number = UInt16(text[text.index(after: end)...]), number > 0 else { return nil }
      port = number
    }
    if host.hasPrefix("[") {
      guard host.hasSuffix("]"), host.dropFirst().dropLast().contains(":") else { return nil }
      host = host.dropFirst().dropLast()
    } else if host.contains(":") || host.contains("]") {
      return nil
    }
    guard !host.isEmpty, let port else { return nil }
    self.init(host: String(host), port: port)
  }
}

extension NetworkAddress {
  /// Whether it names an IP address.
  package var isNumeric: Bool { IPv4.parse(host) != nil || IPv6Address(host) != nil }

  /// Whether nobody but this host comes there (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3). Of a name nobody knows.
  package var isLoopback: Bool {
    if let address = IPv4.parse(host) { return address >> 24 == 127 }
    return IPv6Address(host) == IPv6Address(high: 0, low: 1)
  }
}

extension NetworkAddress: CustomStringConvertible {
  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
