import IPC
import Linux
import Netlink
import NetworkPlan

/// What the audit says that is not about one interface.
extension Daemon {
  /// Somebody else's chains that drop what is forwarded unless a rule of theirs says otherwise.
  func blockers() -> [Finding] {
    let networks = panel.layout.networks.filter { $0.mode == .nat || $0.mode == .routed }
    guard let bridge = networks.first?.bridge else { return [] }
    let chains = (try? links.baseChains()) ?? []
    return chains.filter { chain in
      chain.isDropping && chain.hook == BaseChain.forward && chain.table != "procurator"
        && [.ip, .ip6, .inet].contains(chain.family)
    }.map { chain in
      let rule = "\(chain.family) \(chain.table) \(chain.name)"
      // Docker leaves one chain to the administrator.
      let cure =
        chain.table == "filter" && chain.name == "FORWARD"
        ? "iptables -I FORWARD -i \(bridge)+ -j ACCEPT; iptables -I FORWARD -o \(bridge)+ -j ACCEPT"
        : "nft insert rule \(rule) iifname \"\(bridge)*\" accept; the same with oifname"
      let detail = "its policy is drop, so guests may reach nothing outside; permit them there: \(cure)"
      return Finding(.blocked, rule, nil, detail, now: lastReconcile)
    }
  }

  /// What is used up to four fifths or more, and a netdns that has left.
  func scarcities(now: Int64) -> [Finding] {
    var found: [Finding] = []
    func note(_ what: String, _ used: Int, _ most: Int, _ cure: String) {
      guard most > 0, used * 5 >= most * 4 else { return }
      found.append(Finding(.scarce, what, nil, "\(used) of \(most) are taken; \(cure)", now: now))
    }
    for (index, network) in panel.layout.networks.enumerated() {
      let used = panel.layout.slots(network: index).count { panel.lease(Slot(index: $0)) != nil }
      note("ports of \(network.name)", used, network.shards * network.hosts.count, "raise Shards= in netd.conf")
    }
    note("forward ports", hostPorts.used, hostPorts.most, "widen ForwardPorts= in netd.conf")
    note("clients", clientCount, settings.clients, "raise MaxClients= in netd.conf")
    let (descriptors, most) = Descriptor.usage()
    note("descriptors", Int(descriptors), Int(most), "raise LimitNOFILE= of netd")
    if let since = namingGoneSince {
      let detail = "it has left: guests that start now may get neither address nor name; start it, see its log"
      found.append(Finding(.broken, "netdns", nil, detail, now: since))
    }
    return found
  }
}
