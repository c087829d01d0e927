import Failure
import Glibc
import Linux
import Netlink

extension Links {
  /// Networks whose subnets hold addresses of the host's own, or targets of its routes, and what these are.
  /// - Throws: `.exists` if the network is new: packets of the host's, and to it, would go to guests. One that stands goes
  ///   on, for the sake of the guests that are in it.
  static func taken(_ layout: Layout) throws(Failure) -> [(network: String, words: String)] {
    var route = try RouteSocket()
    let links = try route.links()
    let names = Dictionary(links.map { ($0.index, $0.name) }) { first, _ in first }
    let addresses = try route.addresses().map { ($0, "has the address") }
    let targets = try route.targets().map { ($0, "leads to") }
    var found: [(network: String, words: String)] = []
    for (what, verb) in addresses + targets {
      guard let name = names[what.index], !layout.hasBridge(name),
        let index = layout.network(containing: what.address), what.prefix >= layout.networks[index].prefix
      else { continue }
      let own = layout.networks[index]
      let words =
        "its subnet \(IPv4.text(own.base))/\(own.prefix) is in use by the host: \(name) \(verb) "
        + "\(IPv4.text(what.address))/\(what.prefix)"
      guard (0..<own.shards).contains(where: { if_nametoindex(layout.bridge(network: index, shard: $0)) != 0 }) else {
        throw Failure(
          .exists, step: "make network", object: own.name, cause: words, cure: "write another Subnet= in netd.conf")
      }
      found.append(("network \(own.name)", words + "; what of it guests have, the host does not reach there"))
    }
    return found
  }
}
