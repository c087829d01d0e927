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
      let remedy =
        chain.table == "filter" && chain.name == "FORWARD"
        ? "iptables -I FORWARD -i \(bridge)+ -j ACCEPT; iptables -I FORWARD -o \(bridge)+ -j ACCEPT"
        : "nft insert rule \(rule) iifname \"\(bridge)*\" accept; the same with oifname"
      let detail = "its policy is drop, so guests may reach nothing outside; permit them there: \(remedy)"
      return Finding(.blocked, rule, nil, detail, now: lastReconcile)
    }
  }

  /// The finding that netdns has left.
  func unnamed() -> [Finding] {
    guard let since = namingGoneSince else { return [] }
    let detail = "it has left: guests that start now may get neither address nor name; start it, see its log"
    return [Finding(.broken, "netdns", nil, detail, now: since)]
  }
}
