/// A set or map of `policies/nftables/guard.nft` that netd fills; the raw value is its name there.
enum ElementSet: String, CaseIterable, Sendable {
  case ports, senders, sources, sources6, targets6, clients, itself, anycast, closed, rates
  case anycastMACs = "anycast_macs"
  case plugged, bridges, external, outward, inward, gateways, gateways6, subnets, masqueraded, masqueraded6
  case sameNetwork = "same_network"
  case policed, policed6, ranges, profiles, resolvers, resolving, forwards, forwarded

  /// Those that say something about single ports that does not follow from their numbers.
  static let ofRules: [ElementSet] = [
    .closed, .rates, .policed, .policed6, .ranges, .profiles, .resolvers, .resolving, .forwards, .forwarded,
  ]

  /// The table that it belongs to.
  var table: String {
    switch self {
    case .ports, .senders, .sources, .sources6, .targets6, .clients, .itself, .anycast, .anycastMACs, .closed, .rates:
      Ruleset.bridge
    default: Ruleset.inet
    }
  }

  var isMap: Bool { [.ports, .rates, .ranges, .profiles, .resolvers, .forwards].contains(self) }
}

/// An element, spelled as the kernel's listing spells it.
struct Element: Hashable, Sendable {
  let set: ElementSet
  let key: String
  /// Empty in a set.
  var value = ""

  init(_ set: ElementSet, _ key: String, _ value: String = "") {
    self.set = set
    self.key = key
    self.value = value
  }

  var text: String { value.isEmpty ? key : "\(key) : \(value)" }
}
