import IPC
import Linux
import NetworkPlan

/// What is to be served: places, names and domain lists.
struct Listing: Hashable, Sendable {
  var shards: [Shards.Entry] = []
  var names: [ServedName] = []
  var lists: [ServedList] = []
  /// Whose name is whose, for the next run.
  var owned: [OwnedName] = []
  /// Names that were taken back since the listing before.
  var released: Set<NamePlace> = []
  /// Addresses that ports have, with a name or without.
  var taken: Set<UInt32> = []
  /// Hardware addresses that owners of ports have chosen, by IPv4 address.
  var chosen: [UInt32: UInt64] = [:]
}

/// A name in a network.
struct NamePlace: Hashable, Sendable {
  let network: String
  let name: String
}

/// A VM's name in a network.
struct ServedName: Hashable, Sendable {
  let network: String
  /// One label.
  let name: String
  /// In host byte order.
  let address: UInt32
}

/// A list of domains that ports of a network have.
struct ServedList: Hashable, Sendable {
  /// What netd calls it.
  let id: UInt32
  /// Whose it is, and what that user calls it.
  let uid: UInt32
  let number: UInt32
  let network: String
  /// Port at the gateways to which the questions of those ports are led.
  let port: UInt16
  /// Sorted, each once; nil if nobody has said them, so that what was served before stays.
  var domains: [String]?

  /// The process that serves it.
  var place: InstanceName { .profile(id: id, port: port) }
}

/// What netd says: which networks there are, and who has which port of them.
struct PortFacts: Hashable, Sendable {
  /// A leased port.
  struct Lease: Hashable, Sendable {
    let uid: UInt32
    let vm: VMIdentity
    let nic: UInt8
    let network: String
    let address: UInt32
    /// What its owner calls its domain list, what netd calls it, and where it is resolved; 0 without a list.
    let list: UInt32
    let listID: UInt32
    let resolver: UInt16
    /// The guest's hardware address; 0 if netd does not say it.
    var mac: UInt64 = 0
  }

  var shards: [Shards.Entry] = []
  /// By slot.
  var leases: [Lease] = []

  /// What netd said, without what cannot stand in a configuration of dnsmasq, and a sentence about each of those.
  ///
  /// netd checks the same; this is for the day on which it does not: a line break in a name would be an order to a
  /// process that may change the firewall.
  static func checked(shards: [Shards.Entry], leases: [Leases.Entry]) -> (facts: PortFacts, diagnostics: [String]) {
    var facts = PortFacts()
    var diagnostics: [String] = []
    for shard in shards {
      if isGood(shard) { facts.shards.append(shard) } else { diagnostics.append("shard of \(shard.slot.network)") }
    }
    var served: [SlotName: Shards.Entry] = [:]
    for shard in facts.shards { served[shard.slot] = shard }
    for entry in leases {
      // Ports of external networks have their names elsewhere.
      guard entry.port.gateway != 0 else { continue }
      let place = SlotName(network: entry.slot.network, shard: entry.slot.shard, host: 0)
      guard let shard = served[place], (entry.list == 0) == (entry.resolver == 0),
        (entry.list == 0) == (entry.listID == 0)
      else {
        diagnostics.append("port of \(entry.slot.network)")
        continue
      }
      facts.leases.append(
        Lease(
          uid: entry.uid, vm: entry.vm, nic: entry.nic, network: entry.slot.network,
          address: shard.gateway & IPv4.mask(prefix: 24) | UInt32(entry.slot.host), list: entry.list,
          listID: entry.listID, resolver: entry.resolver, mac: entry.port.mac))
    }
    return (facts, diagnostics)
  }

  private static func isGood(_ shard: Shards.Entry) -> Bool {
    DomainName.isLabel(shard.slot.network) && Network.isPlain(shard.bridge) && shard.gateway != 0
      && shard.firstHost >= 1 && shard.firstHost <= shard.lastHost && shard.lastHost <= 254
  }
}
