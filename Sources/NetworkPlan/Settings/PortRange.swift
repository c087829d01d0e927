package import Configuration
package import Failure

/// Ports of the host, both ends included.
package struct PortRange: Hashable, Sendable {
  /// The lowest.
  package let first: UInt16
  /// The highest.
  package let last: UInt16

  /// Makes one.
  package init(first: UInt16, last: UInt16) {
    self.first = first
    self.last = last
  }

  /// Reads `20000-29999` or `443`.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let first = UInt16(parts[0]), let last = UInt16(parts[parts.count - 1]),
      first > 0, first <= last
    else { return nil }
    self.init(first: first, last: last)
  }

  /// Whether a port is in it.
  package func contains(_ port: UInt16) -> Bool { first <= port && port <= last }

  /// The ranges of a key.
  package static func list(_ section: ConfigurationSection, _ key: String, default fallback: [PortRange])
    throws(Failure)
    -> [PortRange]
  {
    guard section.entries.contains(where: { $0.key == key }) else { return fallback }
    var ranges: [PortRange] = []
    for text in section.list(key, default: []) {
      guard let range = PortRange(text) else {
        throw section.failure(key, "\"\(text)\" is neither a port nor a range of ports", remedy: "write 20000-29999")
      }
      ranges.append(range)
    }
    return ranges
  }
}
