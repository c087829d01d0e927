import IPC
import Linux
import NetworkPlan

/// The configuration of the dnsmasq that answers for one list of domains, and lets their addresses through.
struct ProfileConfiguration {
  let list: ServedList
  /// The shards of its network, at least one.
  let shards: [Shards.Entry]
  /// Domains that may have private addresses.
  let privateDomains: [String]

  /// The domains of a text that `text` has made.
  static func domains(in text: String) -> [String] {
    text.split(separator: "\n").filter { $0.hasPrefix("server=/") }.compactMap { line in
      line.split(separator: "/").dropFirst().first.map(String.init)
    }
  }

  var text: String {
    let id = Hex.text(list.id)
    var lines = [
      "# netdns made this for the domain list \(id) of the network \(list.network) and will make it again.",
      "keep-in-foreground", "pid-file", "log-facility=-", "log-async=100", "bind-dynamic", "port=\(list.port)",
    ]
    lines += shards.map { "interface=\($0.bridge)" }
    lines += [
      "except-interface=lo", "no-hosts", "no-resolv",
      // Each answer is asked for again and soon once more, so that the set gets it again after it was emptied. Hints in
      // HTTPS and SVCB records are addresses that would never get there; ports with a list have no IPv6.
      "cache-size=0", "max-ttl=60", "filter-AAAA", "filter-rr=HTTPS,SVCB",
      // Whoever owns a permitted domain must not open the way to addresses inside.
      "stop-dns-rebind",
    ]
    lines += (["\(list.network).internal"] + privateDomains).map { "rebind-domain-ok=/\($0)/" }
    // For all others there is no such name. A server without domain would go before that.
    lines.append("address=/#/")
    // The network's own dnsmasq knows the way out. Its first bridge is always there.
    let server = IPv4.text(shards[0].gateway)
    for domain in list.domains ?? [] {
      lines.append("server=/\(domain)/\(server)")
      lines.append(
        "nftset=/\(domain)/4#\(Ruleset.inet.split(separator: " ").joined(separator: "#"))#\(Ruleset.names(list.id))")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
