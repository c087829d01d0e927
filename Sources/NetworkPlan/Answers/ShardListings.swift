package import IPC
import IPCFrames

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
