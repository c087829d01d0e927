import IPC
import Linux

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

extension Names.Entry {
  init(_ name: String, _ network: String, _ shard: UInt16, _ host: UInt8) {
    self.init()
    self.name = name
    slot = SlotName(network: network, shard: shard, host: host)
  }
}

extension Profiles.Reply {
  init(_ id: UInt32, _ network: String, port: UInt16, _ domains: [String]) {
    self.init()
    self.id = id
    self.network = network
    self.port = port
    self.domains = domains
  }
}
