package import IPC

// What DHCP and DNS are to serve.

extension Layout {
  /// One page of the shards whose gateways are here.
  package func shards(at cursor: UInt32) -> Shards.Reply {
    let all = networks.enumerated().flatMap { index, network in
      network.mode == .external ? [] : (0..<network.shards).map { (index, network, $0) }
    }
    return Page(at: cursor, of: all.count) { place in
      let (index, network, shard) = all[place]
      var entry = Shards.Entry()
      entry.slot = SlotName(network: network.name, shard: UInt16(shard), host: 0)
      entry.bridge = bridge(network: index, shard: shard)
      entry.gateway = gateway(network: index, shard: shard)
      entry.firstHost = network.hosts.lowerBound
      entry.lastHost = network.hosts.upperBound
      entry.mtu = network.mtu
      entry.high6 = prefix6(network: index, shard: shard) ?? 0
      entry.isOutward = network.mode != .isolated
      entry.isRouted = network.mode != .isolated || network.shards > 1
      return entry
    }
  }
}

extension Panel {
  /// One page of names. A name is one VM's in a network: that with the lower slot, should two users have chosen the same.
  package func names(at cursor: UInt32) -> Names.Reply {
    var taken: Set<String> = []
    let named = (0..<layout.count).map { Slot(index: $0) }.filter { slot in
      guard let lease = lease(slot), !lease.name.isEmpty, lease.owner.nic == 0 else { return false }
      return taken.insert("\(lease.name).\(layout.place(slot).network)").inserted
    }
    return Page(at: cursor, of: named.count) { place in
      var entry = Names.Entry()
      entry.name = lease(named[place])?.name ?? ""
      entry.slot = layout.name(named[place])
      return entry
    }
  }

  /// Whether another user has a name in a network: who asks for it would reach another VM.
  package func isTaken(_ name: String, by owner: Owner, in network: String) -> Bool {
    guard !name.isEmpty, let index = layout.network(named: network) else { return false }
    return layout.slots(network: index).contains { number in
      guard let lease = lease(Slot(index: number)) else { return false }
      return lease.name == name && lease.owner.uid != owner.uid
    }
  }
}

extension ProfileTable {
  /// The list at a cursor; a blank one if there is none.
  package func profile(at cursor: UInt32, _ layout: Layout) -> Profiles.Reply {
    var reply = Profiles.Reply()
    guard profiles.indices.contains(Int(cursor)) else { return reply }
    let profile = profiles[Int(cursor)]
    reply.id = profile.id
    reply.network = layout.networks[profile.network].name
    reply.port = profile.port
    reply.domains = profile.domains
    reply.next = Int(cursor) + 1 < profiles.count ? cursor + 1 : 0
    return reply
  }
}
