import Failure
import Glibc
import Linux
import Netlink
import NetworkPlan

extension Links {
  /// Networks whose subnets hold addresses of the host's own, or targets of its routes, and what these are.
  /// - Throws: `.exists` if the network is new: packets of the host's, and to it, would go to guests. One that stands goes
  ///   on, for the sake of the guests that are in it.
  static func taken(_ layout: Layout) throws(Failure) -> [(network: String, words: String)] {
    var route = try RouteSocket()
    let links = try route.links()
    let names = Dictionary(links.map { ($0.index, $0.name) }) { first, _ in first }
    let addresses = try route.addresses().map { ($0, isRoute: false) }
    let targets = try route.targets().map { ($0, isRoute: true) }
    var found: [(network: String, words: String)] = []
    for (what, isRoute) in addresses + targets {
      guard let name = names[what.index], !layout.hasBridge(name),
        let index = layout.network(containing: what.address)
      else { continue }
      // A route to more than the subnet leads past it; an address of the host's own is never a guest's.
      if isRoute, what.prefix < layout.networks[index].prefix { continue }
      let own = layout.networks[index]
      let words =
        "its subnet \(IPv4.text(own.base))/\(own.prefix) is in use by the host: \(name) \(isRoute ? "leads to" : "has the address") "
        + "\(IPv4.text(what.address))/\(what.prefix)"
      guard (0..<own.shards).contains(where: { if_nametoindex(layout.bridge(network: index, shard: $0)) != 0 }) else {
        throw Failure(
          .exists, operation: "make network", object: own.name, cause: words,
          remedy: "write another Subnet= in netd.conf")
      }
      found.append(("network \(own.name)", words + "; what of it guests have, the host does not reach there"))
    }
    return found
  }
}
