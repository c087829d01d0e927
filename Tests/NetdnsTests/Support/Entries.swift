import IPC
import IPCNames
import IPCPeer
import Linux

@testable import netdns

extension Shards.Entry {
  /// A shard whose gateway is `10.100.NETWORK-SHARD.1`.
  init(
    _ network: String, _ shard: UInt16, bridge: String, gateway: String, hosts: ClosedRange<UInt8> = 2...254,
    mtu: UInt16 = 1400, high6: UInt64 = 0, isRouted: Bool = true, isOutward: Bool? = nil
  ) {
    self.init()
    slot = SlotName(network: network, shard: shard, host: 0)
    self.bridge = bridge
    self.gateway = IPv4.parse(gateway) ?? 0
    (firstHost, lastHost) = (hosts.lowerBound, hosts.upperBound)
    self.mtu = mtu
    self.high6 = high6
    self.isRouted = isRouted
    self.isOutward = isOutward ?? isRouted
  }
}

/// A VM that is called so, in its slot.
struct NameEntry: Hashable, Sendable {
  var name: String
  var slot: SlotName

  init(_ name: String, _ network: String, _ shard: UInt16, _ host: UInt8) {
    self.name = name
    slot = SlotName(network: network, shard: shard, host: host)
  }

  /// Another name or slot is another VM.
  var vm: VMIdentity {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in "\(name) \(slot)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return VMIdentity(high: 1, low: hash)
  }

  /// What netd says of it.
  var lease: Leases.Entry { Leases.Entry(uid: 0, vm, 0, slot) }

  /// What its supervisor says of it.
  var told: TellName { TellName(vm: vm, network: slot.network, name: name) }
}

/// A domain list that a VM without name has.
struct ListEntry: Hashable, Sendable {
  var id: UInt32
  var network: String
  var port: UInt16
  var domains: [String]

  init(_ id: UInt32, _ network: String, port: UInt16, _ domains: [String]) {
    self.id = id
    self.network = network
    self.port = port
    self.domains = domains
  }

  /// What netd says of it: on a second network card, which has no name.
  var lease: Leases.Entry {
    let slot = SlotName(network: network, shard: 0, host: UInt8(100 + id % 100))
    var entry = Leases.Entry(uid: 0, VMIdentity(high: 2, low: UInt64(id)), 1, slot)
    (entry.list, entry.listID, entry.resolver) = (id, id, port)
    return entry
  }

  /// What its supervisor says of it.
  var told: TellDomains { TellDomains(list: id, domains: domains) }

  /// What is served of it.
  var served: ServedList {
    ServedList(id: id, uid: 0, number: id, network: network, port: port, domains: domains)
  }
}

extension Leases.Entry {
  init(uid: UInt32, _ vm: VMIdentity, _ nic: UInt8, _ slot: SlotName) {
    self.init()
    (self.uid, self.vm, self.nic, self.slot, port.gateway) = (uid, vm, nic, slot, 1)
  }
}
