package import Failure
import IPC

/// The networks that VMs of this host may be in.
package struct NodeNetworks: Sendable, Hashable {
  /// Their names, in the order of netd's configuration.
  package var names: [String]
  /// The network of each bridge of theirs, by the bridge's name.
  package var bridges: [String: String]

  /// Names them.
  package init(names: [String], bridges: [String: String] = [:]) {
    self.names = names
    self.bridges = bridges
  }
}

extension NetdLink {
  /// The networks that netd lets this user have ports of.
  package func networks() async throws(Failure) -> NodeNetworks {
    try await ask { state throws(Failure) in
      // Every page has all shards.
      let shards = try state.call(Audit()).body.shards.filter { state.networks.contains($0.slot.network) }
      return NodeNetworks(
        names: state.networks,
        bridges: Dictionary(shards.map { ($0.bridge, $0.slot.network) }) { first, _ in first })
    }
  }
}
