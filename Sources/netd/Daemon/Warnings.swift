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
    }.map { Finding.blocked("\($0.family)", $0.table, $0.name, bridge: bridge, now: lastReconcile) }
  }

  /// The finding that netdns has left.
  func unnamed() -> [Finding] { namingGoneSince.map { [.unnamed(since: $0)] } ?? [] }
}
