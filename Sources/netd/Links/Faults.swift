import Failure
import Glibc
import IPC
import Linux
import Netlink
import NetworkPlan

extension Links {
  /// How a TAP differs from what netd has made it. A hardware address is not looked at: see `Daemon.expel`.
  /// - Parameters:
  ///   - isLocated: Whether its bridge knows by a static entry where the guest is.
  ///   - rate: What it may receive, bytes per second; 0 for no limit.
  func faults(_ link: Link, _ slot: Slot, _ tag: Tag, isLocated: Bool, rate: UInt64) -> [TapFault] {
    var faults: [TapFault] = []
    let (network, shard, _) = layout.place(slot)
    let isPlugged = link.master != 0 && link.master == bridgeIndex(network: network, shard: shard)
    if !isPlugged { faults.append(.unplugged) }
    if !link.isUp { faults.append(.down) }
    if isPlugged, link.port != port(slot) { faults.append(.port) }
    if isPlugged, !isLocated { faults.append(.unlocated) }
    if link.mtu != UInt32(layout.networks[network].mtu) { faults.append(.mtu(link.mtu)) }
    if Tag(link.alias) != tag { faults.append(.alias) }
    if canWithdrawIPv6, link.isIPv6Off == false { faults.append(.ipv6) }
    if rate != rates[slot] ?? 0 { faults.append(.rate(rate)) }
    return faults
  }

  /// The same of one TAP, which is read now; nil if it is not there.
  func faults(_ slot: Slot, _ tag: Tag) throws(Failure) -> (link: Link, faults: [TapFault])? {
    let name = layout.tap(slot)
    guard let link = try route.link(name) else { return nil }
    let entry = ForwardingEntry(mac: layout.mac(slot, tag), port: link.index)
    let isLocated = link.master != 0 ? try route.hasForwarding(entry, bridge: link.master, object: name) : false
    var rate = seenRates[link.index] ?? 0
    // What was told may be older than what was asked for since.
    if rate != rates[slot] ?? 0 { rate = try route.shapings()[link.index] ?? 0 }
    return (link, faults(link, slot, tag, isLocated: isLocated, rate: rate))
  }

  /// Makes a TAP what it was.
  func mend(_ slot: Slot, _ tag: Tag, _ faults: [TapFault]) throws(Failure) {
    if !Set(faults).isDisjoint(with: [.unplugged, .down, .port]) { try rejoin(slot, tag) }
    var change = LinkChange()
    for fault in faults {
      switch fault {
      case .unplugged, .down, .port: break
      case .ipv6: withdrawIPv6(slot)
      case .unlocated: try enter(slot, layout.mac(slot, tag))
      case .alias: change.alias = tag.text
      case .mtu: change.mtu = UInt32(layout.networks[layout.place(slot).network].mtu)
      case .rate: try shape(slot, bytesPerSecond: rates[slot] ?? 0)
      }
    }
    if change != LinkChange() { try route.change(layout.tap(slot), change) }
  }

  /// Takes over the limits that an earlier life of netd has set, until owners say theirs again.
  func adoptRates(_ found: Snapshot) {
    for link in found.links {
      if let slot = layout.slot(tap: link.name), let rate = seenRates[link.index] { rates[slot] = rate }
    }
  }

  // MARK: Bridges

  /// What is wrong with a bridge of ours, in words that go on "it"; empty if nothing is.
  func faults(network: Int, shard: Int, _ found: Snapshot) -> [String] {
    guard let link = found.byName[layout.bridge(network: network, shard: shard)] else { return ["was gone"] }
    var faults = faults(of: link, network: network, shard: shard)
    for name in layout.trunks(network: network) {
      guard let trunk = found.byName[name] else {
        faults.append("lacked its port \(name)")
        continue
      }
      if trunk.master != link.index { faults.append("had \(name) not as its port") }
      if !trunk.isUp { faults.append("had \(name) down") }
      if trunk.master == link.index, trunk.port != trunkPort(layout.networks[network]) {
        faults.append("had \(name) as another kind of port")
      }
    }
    if layout.networks[network].mode == .external { return faults }
    let gateway = layout.gateway(network: network, shard: shard)
    let address = InterfaceAddress(index: link.index, address: gateway, prefix: Layout.shardPrefix)
    if !found.addresses.contains(address) {
      faults.append("lacked the address \(IPv4.text(gateway))")
    } else if link.isUp {
      let subnet = InterfaceAddress(index: link.index, address: address.subnet, prefix: address.prefix)
      if !found.subnets.contains(subnet) { faults.append("lacked the route to \(IPv4.text(address.subnet))/24") }
    }
    if let address = layout.gateway6(network: network, shard: shard),
      !found.addresses6.contains(InterfaceAddress6(index: link.index, address: address, prefix: 64))
    {
      faults.append("lacked the address \(address.text)")
    }
    return faults
  }

  /// What a bridge itself tells.
  func faults(of link: Link, network: Int, shard: Int) -> [String] {
    let own = layout.networks[network]
    guard let options = link.bridge else { return ["was no bridge"] }
    var faults: [String] = []
    if !link.isUp { faults.append("was down") }
    if link.mac != layout.gatewayMAC(network: network, shard: shard) { faults.append("had another hardware address") }
    if link.mtu != UInt32(own.mtu) { faults.append("had the MTU \(link.mtu)") }
    if link.alias != Self.bridgeTag { faults.append("did not bear netd's name") }
    if options.undoing != nil { faults.append("had other options: spanning tree, VLANs, multicasts or filters") }
    if own.mode != .external, link.isForwarding == false { faults.append("did not forward packets") }
    return faults
  }
}
