import Failure
import Glibc
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
    let subnets = try route.addresses().map { ($0, isRoute: false) } + route.targets().map { ($0, isRoute: true) }
    var found: [(network: String, words: String)] = []
    for (what, isRoute) in subnets {
      let subnet = names[what.index].map {
        HostSubnet(interface: $0, address: what.address, prefix: what.prefix, isRoute: isRoute)
      }
      guard let (index, words) = subnet.flatMap({ layout.conflict(with: $0) }) else { continue }
      let own = layout.networks[index]
      guard (0..<own.shards).contains(where: { if_nametoindex(layout.bridge(network: index, shard: $0)) != 0 }) else {
        throw layout.taken(index, words)
      }
      found.append(("network \(own.name)", words + "; what of it guests have, the host does not reach there"))
    }
    return found
  }
}
