package import Text

/// Where a node is.
package enum NodeAddress: Hashable, Sendable {
  /// A socket on this host.
  case socket(String)
  /// Another host, or this one by its network.
  case network(RemoteNode)
}

/// A node that is reached over the network.
package struct RemoteNode: Hashable, Sendable {
  package var address: NetworkAddress
  /// What its certificate has to be for: a name or an IP address. The host of the address, if nothing else is said.
  package var serverName: String
  /// What is shown it, and what it is known by; nil goes without TLS, which a node takes at its loopback at most.
  package var credentials: ClientCredentials?

  package init(address: NetworkAddress, serverName: String? = nil, credentials: ClientCredentials?) {
    self.address = address
    self.serverName = serverName ?? address.host
    self.credentials = credentials
  }
}

extension NodeAddress: CustomStringConvertible {
  package var description: String {
    switch self {
    case .socket(let path): path
    case .network(let node): "\(node.address)"
    }
  }
}
