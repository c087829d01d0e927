package import Linux

/// From which addresses files are fetched.
///
/// A client of the network names the URL: without a bound the node would ask for it whatever listens on the host itself and
/// beside it, and tell what it has got.
package struct FetchSources: Hashable, Sendable {
  /// Addresses of the Internet that everybody can reach.
  package var isPublic: Bool
  package var networks: [FetchNetwork]

  package init(isPublic: Bool = true, networks: [FetchNetwork] = []) {
    self.isPublic = isPublic
    self.networks = networks
  }

  /// Reads `FetchFrom=`: `public`, `none`, addresses and subnets.
  /// - Returns: the word that is none of these, or does not go with the others.
  package static func parse(_ words: [String]) -> (sources: FetchSources, wrong: String?) {
    var sources = FetchSources(isPublic: false)
    for word in words {
      if word == "public" {
        sources.isPublic = true
      } else if word == "none" {
        if words.count > 1 { return (sources, word) }
      } else if let network = FetchNetwork(word) {
        sources.networks.append(network)
      } else {
        return (sources, word)
      }
    }
    return (sources, nil)
  }

  package var isNone: Bool { !isPublic && networks.isEmpty }

  /// Why nothing is fetched from an address, in words that go on "it is"; nil if it may be.
  package func objection(to address: FetchAddress) -> String? {
    if networks.contains(where: { $0.contains(address) }) { return nil }
    if let kind = address.special { return kind }
    return isPublic ? nil : "not among those that FetchFrom= lists"
  }
}

/// The address of a server. IPv4 addresses are in the form `::ffff:a.b.c.d` of IPv6.
package struct FetchAddress: Hashable, Sendable {
  package let value: IPv6Address

  package init(_ value: IPv6Address) { self.value = value }
  package init(v4: UInt32) { value = IPv6Address(high: 0, low: 0xffff_0000_0000 | UInt64(v4)) }

  /// nil for what is no address.
  package init?(_ text: String) {
    if let v4 = IPv4.parse(text) {
      self.init(v4: v4)
    } else if let v6 = IPv6Address(text) {
      self.init(v6)
    } else {
      return nil
    }
  }

  package var v4: UInt32? { value.high == 0 && value.low >> 32 == 0xffff ? UInt32(truncatingIfNeeded: value.low) : nil }

  package var text: String { v4.map { IPv4.text($0) } ?? value.text }

  /// What it is if it is no address of the Internet; nil if it is one (the registries of RFC 6890).
  package var special: String? {
    let ranges = v4 == nil ? Self.special6 : Self.special4
    if let range = ranges.first(where: { $0.network.contains(self) }) { return range.words }
    // Everything that is given out (RFC 4291, 2.4).
    if v4 == nil, !Self.global.contains(self) { return "none of the Internet's" }
    return nil
  }

  private static let global = FetchNetwork("2000::/3")

  private static let special4 = table([
    ("127.0.0.0/8", "the host's own (loopback)"), ("10.0.0.0/8", "a private network's"),
    ("172.16.0.0/12", "a private network's"), ("192.168.0.0/16", "a private network's"),
    ("169.254.0.0/16", "link-local, where clouds keep secrets of machines"),
    ("100.64.0.0/10", "a provider's own"), ("0.0.0.0/8", "none of the Internet's"),
    ("192.0.0.0/24", "none of the Internet's"), ("192.0.2.0/24", "for examples"), ("198.51.100.0/24", "for examples"),
    ("203.0.113.0/24", "for examples"), ("198.18.0.0/15", "for measurements"), ("192.88.99.0/24", "a relay's"),
    ("224.0.0.0/4", "multicast"), ("240.0.0.0/4", "reserved"),
  ])
  private static let special6 = table([
    ("::1/128", "the host's own (loopback)"), ("fe80::/10", "link-local"), ("fc00::/7", "a private network's"),
    ("ff00::/8", "multicast"), ("2001:db8::/32", "for examples"), ("2001::/32", "another address in disguise (Teredo)"),
    ("2002::/16", "another address in disguise (6to4)"),
  ])

  private static func table(_ rows: [(String, String)]) -> [(network: FetchNetwork, words: String)] {
    rows.compactMap { row in FetchNetwork(row.0).map { ($0, row.1) } }
  }
}

/// An address or a subnet.
package struct FetchNetwork: Hashable, Sendable {
  private let base: IPv6Address
  private let prefix: Int

  /// `192.168.0.0/16`, `192.168.1.5`, `fd00::/8`, `fd00::1`; nil for anything else, and for bits behind the prefix.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let address = FetchAddress(String(parts[0])) else { return nil }
    let width = address.v4 == nil ? 128 : 32
    var prefix = width
    if parts.count == 2 {
      guard let number = Int(parts[1]), String(number) == parts[1], (0...width).contains(number) else { return nil }
      prefix = number
    }
    self.init(address.value, prefix + 128 - width)
    guard Self.masked(address.value, self.prefix) == address.value else { return nil }
  }

  private init(_ base: IPv6Address, _ prefix: Int) {
    self.base = base
    self.prefix = prefix
  }

  package func contains(_ address: FetchAddress) -> Bool { Self.masked(address.value, prefix) == base }

  private static func masked(_ address: IPv6Address, _ prefix: Int) -> IPv6Address {
    func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? .max : .max << UInt64(64 - bits) }
    return IPv6Address(high: address.high & mask(prefix), low: address.low & mask(prefix - 64))
  }
}

extension FetchNetwork? {
  fileprivate func contains(_ address: FetchAddress) -> Bool { map { $0.contains(address) } ?? false }
}
