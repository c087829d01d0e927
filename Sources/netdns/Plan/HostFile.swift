import IPC
import Linux
import NetworkPlan

/// What DHCP gives the hosts of a shard: a function of the shard, however many VMs there are.
enum HostFile {
  /// Where it is, from the runtime folder.
  static func path(_ shard: Shards.Entry) -> String { "hosts/\(shard.slot.network)-\(shard.slot.shard)" }

  /// A line per host, as `dhcp-hostsfile` wants it. A lease never ends: a guest keeps its address while nobody of ours runs.
  static func text(_ shard: Shards.Entry) -> String {
    (shard.firstHost...shard.lastHost).map { host in
      let address = shard.gateway & IPv4.mask(prefix: 24) | UInt32(host)
      let address6 =
        shard.high6 == 0 ? "" : "[\(IPv6Address(high: shard.high6, low: UInt64(host)).text)],"
      return "\(Layout.text(mac: Layout.mac(address: address))),\(IPv4.text(address)),\(address6)infinite\n"
    }.joined()
  }
}
