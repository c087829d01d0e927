import IPC
import Linux
import NetworkPlan

/// What DHCP gives the hosts of a shard: a function of the shard, however many VMs there are.
enum HostFile {
  /// Where it is, from the runtime folder.
  static func path(_ shard: Shards.Entry) -> String { "hosts/\(shard.slot.network)-\(shard.slot.shard)" }

  /// Most hardware addresses that one line names. dnsmasq reads lines of 1024 bytes.
  static let most = 32

  /// A line per host, as `dhcp-hostsfile` wants it. A lease never ends: a guest keeps its address while nobody of ours runs.
  ///
  /// dnsmasq gives an address to nobody else while it knows of a lease, unless both are of one line. So a line names those
  /// too that had the address before: what a guest says of itself is checked by the guard.
  /// - Parameters:
  ///   - chosen: hardware addresses that owners of ports have chosen, by IPv4 address.
  ///   - former: the file as it is.
  static func text(_ shard: Shards.Entry, _ chosen: [UInt32: UInt64] = [:], former: String = "") -> String {
    let known = known(former)
    let subnet = shard.gateway & IPv4.mask(prefix: 24)
    // dnsmasq looks at the lines of the subnet that asks, and at no others.
    let taken = Set(chosen.filter { $0.key & IPv4.mask(prefix: 24) == subnet }.values.map { Layout.text(mac: $0) })
    return (shard.firstHost...shard.lastHost).map { host in
      let address = subnet | UInt32(host)
      let address6 =
        shard.high6 == 0 ? "" : "[\(IPv6Address(high: shard.high6, low: UInt64(host)).text)],"
      let text = IPv4.text(address)
      var macs = chosen[address].map { [Layout.text(mac: $0)] } ?? []
      let others = [Layout.text(mac: Layout.mac(address: address))] + (known[text] ?? [])
      for mac in others where !macs.contains(mac) && !taken.contains(mac) { macs.append(mac) }
      // Many at once: each time that one is forgotten costs a start of dnsmasq.
      if macs.count > most { macs.removeSubrange((most / 2)...) }
      return "\(macs.joined(separator: ",")),\(text),\(address6)infinite\n"
    }.joined()
  }

  /// Whether a hardware address is no longer in the line that it was in: who is there next gets nothing from a dnsmasq that knows
  /// of its lease.
  static func forgets(_ former: String, _ text: String) -> Bool {
    let now = known(text)
    return known(former).contains { !Set($0.value).isSubset(of: now[$0.key] ?? []) }
  }

  /// The hardware addresses in the lines of a file, by the IPv4 address behind them.
  private static func known(_ text: String) -> [String: [String]] {
    var known: [String: [String]] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: ",").map(String.init)
      guard let address = words.firstIndex(where: { IPv4.parse($0) != nil }) else { continue }
      known[words[address]] = Array(words[..<address])
    }
    return known
  }
}
