import IPC
package import Linux

/// What the sets of the ruleset hold: pure functions of the layout, a place in it, and what was said about a port.
extension Layout {
  // MARK: A port

  /// Who a slot is.
  /// - Parameter chosen: the guest's hardware address, if it is not the slot's own.
  package func elements(_ slot: Slot, mac chosen: UInt64? = nil) -> [Element] {
    let tap = quoted(tap(slot))
    let mac = chosen ?? mac(slot)
    let isExternal = isExternal(slot)
    var elements = [
      Element(.ports, tap, isExternal ? "goto external_guest" : "goto guest"),
      Element(.senders, "\(tap) . \(Self.text(mac: mac))"),
      Element(.itself, "\(tap) . \(tap)"),
      Element(.clients, "\(tap) . 0x\(String(mac, radix: 16))"),
      Element(.plugged, tap),
    ]
    if isExternal { return elements }
    elements.append(Element(.sources, "\(tap) . \(IPv4.text(address(slot)))"))
    for address in addresses6(slot, mac) {
      elements.append(Element(.sources6, "\(tap) . \(address.text)"))
      let number = Hex.text(address.high) + Hex.text(address.low)
      elements.append(Element(.targets6, "\(tap) . 0x\(number)"))
    }
    return elements
  }

  /// What holds for a slot with these rules.
  package func elements(_ slot: Slot, _ rules: PortRules) -> Set<Element> {
    let isExternal = isExternal(slot)
    let rules = rules.effective(isExternal: isExternal)
    let tap = quoted(tap(slot))
    let address = IPv4.text(address(slot))
    var elements: Set<Element> = []
    if rules.isRestricted { elements.insert(Element(.closed, tap)) }
    if rules.sendRate > 0 { elements.insert(Element(.rates, tap, "\"\(limit(slot, rules.sendRate))\"")) }
    if isExternal { return elements }
    if rules.isRestricted {
      elements.insert(Element(.policed, address))
      for own in addresses6(slot, rules.mac ?? mac(slot)) { elements.insert(Element(.policed6, own.text)) }
    }
    if !rules.ranges.isEmpty { elements.insert(Element(.ranges, address, "jump \(ranges(slot))")) }
    if let profile = rules.profile {
      elements.insert(Element(.profiles, address, "jump \(Ruleset.profile(profile))"))
      elements.insert(Element(.resolvers, address, "\(rules.resolverPort)"))
      elements.insert(Element(.resolving, "\(address) . \(rules.resolverPort)"))
    }
    for forward in rules.forwards {
      let transport = forward.port.transport.rawValue
      elements.insert(
        Element(.forwards, "\(transport) . \(forward.port.number)", "\(address) . \(forward.guestPort)"))
      elements.insert(Element(.forwarded, "\(address) . \(transport) . \(forward.guestPort)"))
    }
    return elements
  }

  /// The same, and who the slot is by these rules.
  package func everything(_ slot: Slot, _ rules: PortRules) -> Set<Element> {
    elements(slot, rules).union(elements(slot, mac: rules.mac))
  }

  /// Name of the chain with the address ranges of a slot.
  package func ranges(_ slot: Slot) -> String { "ranges-\(tap(slot))" }

  /// Name of the limit of a slot. It says the rate, so that a list of elements does.
  package func limit(_ slot: Slot, _ rate: UInt64) -> String { "rate-\(tap(slot))-\(rate)" }

  /// Whether its network has gateway and addresses elsewhere.
  package func isExternal(_ slot: Slot) -> Bool { networks[place(slot).network].mode == .external }

  // MARK: A shard

  /// Who the slots of a shard are.
  /// - Parameter chosen: the hardware address that a slot's owner has chosen; nil for the slot's own.
  package func members(network: Int, shard: Int, _ chosen: (Slot) -> UInt64?) -> [Element] {
    slots(network: network, shard: shard).map { Slot(index: $0) }.flatMap { elements($0, mac: chosen($0)) }
  }

  /// What belongs to a shard: its bridge, gateway and trunks.
  package func elements(network: Int, shard: Int) -> [Element] {
    let own = networks[network]
    let bridge = quoted(bridge(network: network, shard: shard))
    if own.mode == .external {
      return trunks(network: network).flatMap {
        [Element(.ports, quoted($0), "accept"), Element(.plugged, quoted($0))]
      }
        + [Element(.sameNetwork, "\(bridge) . \(bridge)"), Element(.external, bridge)]
    }
    let gateway = IPv4.text(gateway(network: network, shard: shard))
    let mac = gatewayMAC(network: network, shard: shard)
    let subnet = IPv4.text(self.gateway(network: network, shard: shard) & IPv4.mask(prefix: Self.shardPrefix))
    var elements = [Element(.bridges, bridge)]
    for trunk in trunks(network: network).map(quoted) {
      elements.append(Element(.ports, trunk, "goto trunk"))
      elements.append(Element(.plugged, trunk))
      elements.append(Element(.anycastMACs, "\(trunk) . \(Self.text(mac: mac))"))
      elements.append(Element(.anycast, "\(trunk) . \(gateway)"))
    }
    elements.append(Element(.gateways, "\(bridge) . \(gateway)"))
    elements.append(Element(.subnets, subnet))
    if own.mode == .nat || own.mode == .routed { elements.append(Element(.outward, bridge)) }
    if own.mode == .routed { elements.append(Element(.inward, bridge)) }
    if own.mode == .nat { elements.append(Element(.masqueraded, subnet)) }
    if let prefix = prefix6(network: network, shard: shard) {
      for address in [IPv6Address(high: prefix, low: 1), Self.linkLocal(mac)] {
        elements.append(Element(.gateways6, "\(bridge) . \(address.text)"))
      }
      if own.mode == .nat { elements.append(Element(.masqueraded6, IPv6Address(high: prefix, low: 0).text)) }
    }
    for other in 0..<(own.arePeersAllowed ? own.shards : 0) {
      elements.append(Element(.sameNetwork, "\(bridge) . \(quoted(self.bridge(network: network, shard: other)))"))
    }
    return elements
  }

  // MARK: Spelling

  private func addresses6(_ slot: Slot, _ mac: UInt64) -> [IPv6Address] {
    address6(slot).map { [$0, Self.linkLocal(mac)] } ?? []
  }

  /// The hardware address of a shard's bridge: 02:50 and the four bytes of the gateway's address.
  package func gatewayMAC(network: Int, shard: Int) -> UInt64 {
    Self.mac(address: gateway(network: network, shard: shard))
  }

  private func quoted(_ name: String) -> String { "\"\(name)\"" }

  /// The link-local address that follows from a hardware address (RFC 4291, appendix A).
  package static func linkLocal(_ mac: UInt64) -> IPv6Address {
    IPv6Address(high: 0xfe80 << 48, low: (mac >> 24 ^ 0x02_0000) << 40 | 0xfffe << 24 | mac & 0xff_ffff)
  }

  /// A hardware address as people write it, `02:50:0a:64:03:11`.
  package static func text(mac: UInt64) -> String {
    stride(from: 40, through: 0, by: -8).map { Hex.text(UInt8(truncatingIfNeeded: mac >> UInt64($0))) }
      .joined(separator: ":")
  }
}
