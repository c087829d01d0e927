import Linux

/// How an element stands in the kernel, so that netd knows what a set must hold without asking.
extension Element {
  /// Parts of keys and values, as the declarations of the sets have them.
  enum Part {
    case interface, mac, ipv4, ipv6, transport, port, client, target
  }

  /// What the key leads to, as the kernel keeps it.
  package enum Target: Hashable, Sendable {
    case nothing
    case bytes([UInt8])
    /// A verdict's number, with the chain if it leads to one.
    case verdict(Int32, chain: String)
    /// The name of a limit.
    case object(String)
  }

  /// The key as the kernel keeps it; in a concatenation each part is filled up to a multiple of four bytes.
  package var keyBytes: [UInt8] { Self.encode(key, set.parts.keys) }

  /// What its value means in the kernel.
  package var target: Target {
    if value.isEmpty { return .nothing }
    let parts = set.parts.values
    if !parts.isEmpty { return .bytes(Self.encode(value, parts)) }
    if value.hasPrefix("\"") { return .object(String(value.dropFirst().dropLast())) }
    let words = value.split(separator: " ")
    return .verdict(Self.verdicts[String(words.first ?? "")] ?? 0, chain: words.count > 1 ? String(words[1]) : "")
  }

  /// NF_ACCEPT (linux/netfilter.h), NFT_JUMP and NFT_GOTO (linux/netfilter/nf_tables.h).
  private static let verdicts: [String: Int32] = ["accept": 1, "jump": -3, "goto": -4]

  /// Parts in their order; where there are several, each is filled up to a multiple of four bytes.
  private static func encode(_ text: String, _ parts: [Part]) -> [UInt8] {
    let words = text.split(separator: " ").filter { $0 != "." }
    var bytes: [UInt8] = []
    for (word, part) in zip(words, parts) {
      bytes += encode(word, part)
      while parts.count > 1, bytes.count % 4 != 0 { bytes.append(0) }
    }
    return bytes
  }

  private static func encode(_ word: Substring, _ part: Part) -> [UInt8] {
    switch part {
    case .interface:
      // IFNAMSIZ bytes (linux/if.h).
      let name = Array(word.dropFirst().dropLast().utf8)
      return name + [UInt8](repeating: 0, count: 16 - name.count)
    case .mac: return word.split(separator: ":").compactMap { UInt8($0, radix: 16) }
    case .ipv4: return bytes(UInt64(IPv4.parse(word) ?? 0), 4)
    case .ipv6:
      let address = IPv6Address(String(word))
      return bytes(address?.high ?? 0, 8) + bytes(address?.low ?? 0, 8)
    case .transport: return bytes(UInt64(word) ?? 0, 1)
    case .port: return bytes(UInt64(word) ?? 0, 2)
    case .client: return bytes(UInt64(word.dropFirst(2), radix: 16) ?? 0, 6)
    case .target:
      let (high, low) = (word.dropFirst(2).prefix(16), word.dropFirst(18))
      return bytes(UInt64(high, radix: 16) ?? 0, 8) + bytes(UInt64(low, radix: 16) ?? 0, 8)
    }
  }

  private static func bytes(_ number: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * (count - 1 - $0))) }
  }
}

extension ElementSet {
  /// What keys and values are made of; no values in sets, and in maps to verdicts and limits.
  var parts: (keys: [Element.Part], values: [Element.Part]) {
    switch self {
    case .ports, .rates, .closed, .plugged, .bridges, .external, .outward, .inward: ([.interface], [])
    case .senders, .anycastMACs: ([.interface, .mac], [])
    case .sources, .anycast, .gateways: ([.interface, .ipv4], [])
    case .sources6, .gateways6: ([.interface, .ipv6], [])
    case .targets6: ([.interface, .target], [])
    case .clients: ([.interface, .client], [])
    case .subnets, .masqueraded, .policed, .ranges, .profiles: ([.ipv4], [])
    case .masqueraded6, .policed6: ([.ipv6], [])
    case .sameNetwork, .itself: ([.interface, .interface], [])
    case .resolvers: ([.ipv4], [.port])
    case .resolving: ([.ipv4, .port], [])
    case .forwards: ([.transport, .port], [.ipv4, .port])
    case .forwarded: ([.ipv4, .transport, .port], [])
    }
  }
}
