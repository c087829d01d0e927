package import Failure
import Linux

/// A subnet of the host's own, or one that its routes lead to.
package struct HostSubnet: Hashable, Sendable {
  /// The interface.
  package let interface: String
  package let address: UInt32
  /// Length of the prefix in bits.
  package let prefix: UInt8
  /// Whether a route leads there; else the host has the address.
  package let isRoute: Bool

  /// Names one.
  package init(interface: String, address: UInt32, prefix: UInt8, isRoute: Bool) {
    self.interface = interface
    self.address = address
    self.prefix = prefix
    self.isRoute = isRoute
  }
}

extension Layout {
  /// The network that a subnet of the host is in the way of, and in which words; nil if none.
  package func conflict(with subnet: HostSubnet) -> (network: Int, words: String)? {
    guard !hasBridge(subnet.interface), let index = network(containing: subnet.address) else { return nil }
    let own = networks[index]
    // A route to more than the subnet leads past it; an address of the host's own is never a guest's.
    if subnet.isRoute, subnet.prefix < own.prefix { return nil }
    return (
      index,
      "its subnet \(IPv4.text(own.base))/\(own.prefix) is in use by the host: \(subnet.interface) "
        + "\(subnet.isRoute ? "leads to" : "has the address") \(IPv4.text(subnet.address))/\(subnet.prefix)"
    )
  }

  /// The refusal of a network that is in use by the host.
  package func taken(_ network: Int, _ words: String) -> Failure {
    Failure(
      .exists, operation: "make network", object: networks[network].name, cause: words,
      remedy: "write another Subnet= in netd.conf")
  }
}
