import IPC
import Linux
import NetworkPlan

/// The configuration of a network's dnsmasq: DHCP, names of the network, and the way to all other names.
struct NetworkConfiguration {
  /// Name of the network.
  let network: String
  /// Its shards, at least one.
  let shards: [Shards.Entry]
  /// The runtime folder.
  let folder: String
  /// Servers for all other names; without any, those of /etc/resolv.conf.
  let upstream: [String]

  var text: String {
    var lines = [
      "# netdns made this for the network \(network) and will make it again.", "keep-in-foreground", "pid-file",
      // A log that nobody reads must not stop the answers.
      "log-facility=-", "log-async=100", "quiet-dhcp", "quiet-dhcp6", "quiet-ra", "bind-dynamic",
    ]
    lines += shards.map { "interface=\($0.bridge)" }
    lines += ["except-interface=lo", "no-hosts", "domain-needed", "bogus-priv", "cache-size=1000"]
    if !shards.contains(where: \.isOutward) {
      lines.append("no-resolv")
    } else if !upstream.isEmpty {
      lines += ["no-resolv"] + upstream.map { "server=\($0)" }
    }
    let domain = "\(network).internal"
    lines += ["hostsdir=\(folder)/\(NameFile.folder(network))", "domain=\(domain)", "local=/\(domain)/"]
    // By this record, which no other name server has, a question to the gateway shows whose answer it is.
    lines.append("txt-record=_netdns.\(domain),\(network)")
    lines += shards.map { "local=/\(Self.reverse($0.gateway))/" }
    // No lease is worth a file: all are static. A guest can neither name itself nor be mixed up with its clone, and who
    // has no line in a file gets no answer at all, not even a refusal: it may be another host's guest.
    lines += [
      "dhcp-authoritative", "leasefile-ro", "dhcp-ignore-names", "dhcp-ignore-clid", "dhcp-ignore=tag:!known",
    ]
    let has6 = shards.contains { $0.high6 != 0 }
    // All that a shard can have, so that another range of hosts is no other configuration.
    lines.append("dhcp-lease-max=\(shards.count * Layout.slotsPerShard * (has6 ? 2 : 1))")
    if has6 {
      // Without a lease file the server's identity has to come from elsewhere, or no client knows it after a restart.
      let bytes = IPv4.text(shards[0].gateway).split(separator: ".").compactMap { UInt8($0) }.map { Hex.text($0) }
      lines += ["enable-ra", "dhcp-duid=0,\(bytes.joined(separator: ":"))"]
    }
    return (lines + shards.flatMap { options($0, domain) }).joined(separator: "\n") + "\n"
  }

  private func options(_ shard: Shards.Entry, _ domain: String) -> [String] {
    let tag = "s\(shard.slot.shard)"
    let gateway = IPv4.text(shard.gateway)
    let base = IPv4.text(shard.gateway & IPv4.mask(prefix: 24))
    var lines = [
      "dhcp-hostsfile=\(folder)/\(HostFile.path(shard))", "dhcp-range=set:\(tag),\(base),static,255.255.255.0,infinite",
      // Without an address dnsmasq offers none; without the line it would offer itself.
      "dhcp-option=tag:\(tag),option:router" + (shard.isRouted ? ",\(gateway)" : ""),
      "dhcp-option=tag:\(tag),option:dns-server,\(gateway)",
    ]
    if shard.mtu != 0 { lines.append("dhcp-option=tag:\(tag),option:mtu,\(shard.mtu)") }
    guard shard.high6 != 0 else { return lines }
    let prefix = IPv6Address(high: shard.high6, low: 0).text
    let gateway6 = IPv6Address(high: shard.high6, low: 1).text
    return lines + [
      "dhcp-range=set:\(tag),\(prefix),static,64,infinite",
      "dhcp-option=tag:\(tag),option6:dns-server,[\(gateway6)]",
      "dhcp-option=tag:\(tag),option6:domain-search,\(domain)",
      // 9000 s is the longest life of a default router (RFC 4861, section 6.2.1).
      "ra-param=\(shard.bridge),600,\(shard.isRouted ? 9000 : 0)",
    ]
  }

  /// The zone in which the addresses of a /24 are looked up (RFC 1035, section 3.5).
  private static func reverse(_ address: UInt32) -> String {
    IPv4.text(address).split(separator: ".").dropLast().reversed().joined(separator: ".") + ".in-addr.arpa"
  }
}
