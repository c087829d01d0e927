package import IPC
package import Linux

/// The number of a slot, counted over all networks.
package struct Slot: Hashable, Sendable {
  /// From 0.
  package let index: Int

  /// Names one.
  package init(index: Int) { self.index = index }
}

/// The numbered sockets of the panel. Everything about a slot is a function of its number, and can be turned round.
package struct Layout: Sendable {
  /// Hosts .2 to .254; .1 is the gateway.
  package static let slotsPerShard = 253
  /// Length of a shard's prefix in bits.
  package static let shardPrefix: UInt8 = 24

  /// In the order of the configuration.
  package let networks: [Network]
  /// Number of the first slot of each network.
  private let firsts: [Int]
  /// How many slots there are.
  package let count: Int

  /// Numbers their slots.
  package init(_ networks: [Network]) {
    self.networks = networks
    var firsts: [Int] = []
    var next = 0
    for network in networks {
      firsts.append(next)
      next += network.shards * Self.slotsPerShard
    }
    self.firsts = firsts
    count = next
  }

  /// Index of a network, its shard and the host number of a slot.
  package func place(_ slot: Slot) -> (network: Int, shard: Int, host: UInt8) {
    let network = firsts.lastIndex { $0 <= slot.index } ?? 0
    let number = slot.index - firsts[network]
    return (network, number / Self.slotsPerShard, UInt8(2 + number % Self.slotsPerShard))
  }

  /// The slot at a place; nil if there is none.
  package func slot(network: Int, shard: Int, host: Int) -> Slot? {
    guard networks.indices.contains(network), (0..<networks[network].shards).contains(shard), (2...254).contains(host)
    else { return nil }
    return Slot(index: firsts[network] + shard * Self.slotsPerShard + host - 2)
  }

  /// Index of a network.
  package func network(named name: String) -> Int? { networks.firstIndex { $0.name == name } }

  /// The slots of one shard.
  package func slots(network: Int, shard: Int) -> Range<Int> {
    let first = firsts[network] + shard * Self.slotsPerShard
    return first..<first + Self.slotsPerShard
  }

  /// The slots of all shards of a network.
  package func slots(network: Int) -> Range<Int> {
    firsts[network]..<firsts[network] + networks[network].shards * Self.slotsPerShard
  }

  /// Whether this host gives the slot out; the others of a network that spans hosts are theirs.
  package func isOwn(_ slot: Slot) -> Bool {
    let (network, _, host) = place(slot)
    return networks[network].hosts.contains(host)
  }
}

// MARK: - Functions of a slot, and back
extension Layout {
  /// As the protocol names it.
  package func name(_ slot: Slot) -> SlotName {
    let (network, shard, host) = place(slot)
    return SlotName(network: networks[network].name, shard: UInt16(shard), host: host)
  }

  /// The slot that the protocol names so; nil if there is none.
  package func slot(_ name: SlotName) -> Slot? {
    guard let network = network(named: name.network) else { return nil }
    return slot(network: network, shard: Int(name.shard), host: Int(name.host))
  }

  /// The guest's IPv4 address in host byte order.
  package func address(_ slot: Slot) -> UInt32 {
    let (network, shard, host) = place(slot)
    return networks[network].base + UInt32(shard) << 8 + UInt32(host)
  }

  /// The slot with an IPv4 address; nil if there is none.
  package func slot(address: UInt32) -> Slot? {
    for (index, network) in networks.enumerated() where address >= network.base {
      let offset = Int(address - network.base)
      if let slot = slot(network: index, shard: offset >> 8, host: offset & 255) { return slot }
    }
    return nil
  }

  /// The network, of those whose gateway is here, that an address belongs to.
  package func network(containing address: UInt32) -> Int? {
    networks.firstIndex { $0.mode != .external && address & IPv4.mask(prefix: $0.prefix) == $0.base }
  }

  /// Name of its TAP.
  package func tap(_ slot: Slot) -> String {
    let (network, shard, host) = place(slot)
    return "\(networks[network].tapPrefix)\(shard)-\(host)"
  }

  /// The slot whose TAP has a name; nil if there is none.
  package func slot(tap: String) -> Slot? {
    for (index, network) in networks.enumerated() where tap.hasPrefix(network.tapPrefix) {
      let parts = tap.dropFirst(network.tapPrefix.count).split(separator: "-", omittingEmptySubsequences: false)
      guard parts.count == 2, let shard = Int(parts[0]), let host = Int(parts[1]),
        let slot = slot(network: index, shard: shard, host: host), self.tap(slot) == tap
      else { continue }
      return slot
    }
    return nil
  }

  /// The guest's hardware address: 02:50 and the four bytes of its IPv4 address.
  package func mac(_ slot: Slot) -> UInt64 { Self.mac(address: address(slot)) }

  /// The same of the guest that has an IPv4 address.
  package static func mac(address: UInt32) -> UInt64 { 0x0250 << 32 | UInt64(address) }

  /// The slot whose guest has a hardware address; nil if there is none.
  package func slot(mac: UInt64) -> Slot? { mac >> 32 == 0x0250 ? slot(address: UInt32(truncatingIfNeeded: mac)) : nil }

  /// The TAP's own hardware address. A bridge port that had the guest's would swallow the guest's packets.
  package func hostMAC(_ slot: Slot) -> UInt64 { 0xfe50 << 32 | UInt64(address(slot)) }

  /// Name of a shard's bridge.
  package func bridge(network: Int, shard: Int) -> String {
    shard == 0 ? networks[network].bridge : "\(networks[network].bridge)-\(shard)"
  }

  /// Whether a shard's bridge has that name.
  package func hasBridge(_ name: String) -> Bool { bridgePlace(name) != nil }

  /// The network and shard of a bridge.
  package func bridgePlace(_ name: String) -> (network: Int, shard: Int)? {
    for (index, network) in networks.enumerated() where name.hasPrefix(network.bridge) {
      for shard in 0..<network.shards where bridge(network: index, shard: shard) == name { return (index, shard) }
    }
    return nil
  }

  /// The gateway's IPv4 address in host byte order.
  package func gateway(network: Int, shard: Int) -> UInt32 { networks[network].base + UInt32(shard) << 8 + 1 }

  /// The upper half of a shard's IPv6 prefix (/64); nil if the network has none.
  package func prefix6(network: Int, shard: Int) -> UInt64? { networks[network].prefix6.map { $0 | UInt64(shard) } }

  /// The gateway's IPv6 address; nil if the network has none.
  package func gateway6(network: Int, shard: Int) -> IPv6Address? {
    prefix6(network: network, shard: shard).map { IPv6Address(high: $0, low: 1) }
  }

  /// The guest's IPv6 address; nil if the network has none.
  package func address6(_ slot: Slot) -> IPv6Address? {
    let (network, shard, host) = place(slot)
    return prefix6(network: network, shard: shard).map { IPv6Address(high: $0, low: UInt64(host)) }
  }

  /// Interfaces that join a network's bridge with the world outside: the VLAN's or the uplink itself, and the overlay's.
  package func trunks(network: Int) -> [String] {
    let own = networks[network]
    var names: [String] = []
    if let uplink = own.uplink { names.append(own.vlan == 0 ? uplink : "\(own.tapPrefix)v\(own.vlan)") }
    if let overlay = own.overlay { names.append("\(own.tapPrefix)x\(overlay.vni)") }
    return names
  }

  /// Whether an interface joins one of the bridges with the world outside.
  package func isTrunk(_ name: String) -> Bool { network(trunk: name) != nil }

  /// The network that a trunk belongs to.
  package func network(trunk name: String) -> Int? { networks.indices.first { trunks(network: $0).contains(name) } }

  /// All that a NIC needs to know.
  package func port(_ slot: Slot) -> PortAddress {
    let (network, shard, _) = place(slot)
    var port = PortAddress()
    port.tap = tap(slot)
    port.mac = mac(slot)
    port.address = address(slot)
    port.prefix = Self.shardPrefix
    // An external network has its gateway, and hands out its addresses, elsewhere.
    if networks[network].mode != .external { port.gateway = gateway(network: network, shard: shard) }
    port.mtu = networks[network].mtu
    if let address = address6(slot) { (port.high6, port.low6) = (address.high, address.low) }
    return port
  }
}
