import IPC
import Linux
import NetworkPlan

/// What netd says is to be served.
struct Listing: Hashable, Sendable {
  var shards: [Shards.Entry] = []
  var names: [ServedName] = []
  var profiles: [Profiles.Reply] = []

  /// What netd said, without what cannot stand in a configuration of dnsmasq, and a sentence about each of those.
  ///
  /// netd checks the same; this is for the day on which it does not: a line break in a domain would be an order to a
  /// process that may change the firewall.
  static func checked(shards: [Shards.Entry], names: [Names.Entry], profiles: [Profiles.Reply])
    -> (listing: Listing, diagnostics: [String])
  {
    var listing = Listing()
    var diagnostics: [String] = []
    for shard in shards {
      if isGood(shard) { listing.shards.append(shard) } else { diagnostics.append("shard of \(shard.slot.network)") }
    }
    let networks = Set(listing.shards.map(\.slot.network))
    for entry in names {
      let slot = entry.slot
      guard DomainName.isLabel(entry.name), !DomainName.isReserved(entry.name),
        let shard = listing.shards.first(where: { $0.slot.network == slot.network && $0.slot.shard == slot.shard })
      else {
        diagnostics.append("name \(entry.name)")
        continue
      }
      let address = shard.gateway & IPv4.mask(prefix: 24) | UInt32(slot.host)
      listing.names.append(ServedName(network: slot.network, name: entry.name, address: address))
    }
    for profile in profiles {
      guard networks.contains(profile.network), profile.port > 0,
        profile.domains.allSatisfy({ DomainName.canonical($0) == $0 })
      else {
        diagnostics.append("domain list \(Hex.text(profile.id))")
        continue
      }
      listing.profiles.append(profile)
    }
    return (listing, diagnostics)
  }

  private static func isGood(_ shard: Shards.Entry) -> Bool {
    DomainName.isLabel(shard.slot.network) && Network.isPlain(shard.bridge) && shard.gateway != 0
      && shard.firstHost >= 1 && shard.firstHost <= shard.lastHost && shard.lastHost <= 254
  }
}

/// A VM's name in a network.
struct ServedName: Hashable, Sendable {
  let network: String
  /// One label.
  let name: String
  /// In host byte order.
  let address: UInt32
}
