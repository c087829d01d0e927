/// A set or map of `policies/nftables/guard.nft` that netd fills; the raw value is its name there.
package enum ElementSet: String, CaseIterable, Sendable {
  case ports, senders, sources, sources6, targets6, clients, itself, anycast, closed, rates
  case anycastMACs = "anycast_macs"
  case plugged, bridges, external, outward, inward, gateways, gateways6, subnets, masqueraded, masqueraded6
  case sameNetwork = "same_network"
  case policed, policed6, ranges, profiles, resolvers, resolving, forwards, forwarded

  /// Those that say something about single ports that does not follow from their numbers.
  package static let ofRules: [ElementSet] = [
    .closed, .rates, .policed, .policed6, .ranges, .profiles, .resolvers, .resolving, .forwards, .forwarded,
  ]

  /// The table that it belongs to.
  package var table: String {
    switch self {
    case .ports, .senders, .sources, .sources6, .targets6, .clients, .itself, .anycast, .anycastMACs, .closed, .rates:
      Ruleset.bridge
    default: Ruleset.inet
    }
  }

  /// Whether its keys lead to something.
  package var isMap: Bool { [.ports, .rates, .ranges, .profiles, .resolvers, .forwards].contains(self) }
}

/// An element, spelled as the kernel's listing spells it.
package struct Element: Hashable, Sendable {
  /// Where it is.
  package let set: ElementSet
  /// What it is about.
  package let key: String
  /// Empty in a set.
  package var value = ""

  /// Makes one.
  package init(_ set: ElementSet, _ key: String, _ value: String = "") {
    self.set = set
    self.key = key
    self.value = value
  }

  /// As nftables writes it.
  package var text: String { value.isEmpty ? key : "\(key) : \(value)" }
}
