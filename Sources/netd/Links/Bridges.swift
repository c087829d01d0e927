import Failure
import Glibc
import IPC
import Linux
import Netlink
import NetworkPlan

/// Bridges of shards, and what joins them with the world outside.
extension Links {
  /// What the alias of interfaces other than TAPs says.
  static let bridgeTag = "procurator:bridge"
  static let trunkTag = "procurator:trunk"
  /// What VXLAN puts in front of a frame: Ethernet, IPv4, UDP and its own header, in bytes (RFC 7348, section 5).
  private static let overlayHeaders: UInt16 = 50

  /// Networks with the MTU filled in that the way out has, where the configuration says none.
  static func measured(_ networks: [Network]) throws(Failure) -> [Network] {
    var route = try RouteSocket()
    let links = try route.links()
    let way = try route.defaultRoute()
    var measured: [Network] = []
    for var network in networks {
      if network.mtu == 0 {
        let uplink = links.first { network.uplink == nil ? $0.index == way : $0.name == network.uplink }
        let mtu = UInt16(clamping: uplink?.mtu ?? UInt32(Network.defaultMTU))
        network.mtu = max(1280, network.overlay == nil ? mtu : mtu - min(mtu, overlayHeaders))
      }
      measured.append(network)
    }
    return measured
  }

  /// Switches off what an earlier configuration has left: the guard no longer knows it, so nothing may pass there. The
  /// audit reports it.
  static func switchOffLeftOvers(_ layout: Layout) throws(Failure) {
    var route = try RouteSocket()
    for link in try route.links() where link.isUp {
      let isOurs =
        link.alias == bridgeTag
        ? !layout.hasBridge(link.name) : Tag(link.alias) != nil && layout.slot(tap: link.name) == nil
      if isOurs { try route.change(link.name, LinkChange(isUp: false)) }
    }
  }

  /// Makes the bridge of a shard as it should be: guarded, there, up, with the gateway's addresses and its trunks.
  @discardableResult
  func ensureBridge(network: Int, shard: Int) throws(Failure) -> Int32 {
    let name = layout.bridge(network: network, shard: shard)
    let own = layout.networks[network]
    forgetBridge(network: network, shard: shard)
    try guarding.cover(network: network, shard: shard)
    var quiet = LinkChange(mac: layout.gatewayMAC(network: network, shard: shard))
    do { try route.createBridge(name, quiet) } catch let failure {
      if failure.errno != EEXIST { throw failure }
    }
    guard let link = try route.link(name), link.kind == "bridge" else {
      throw Failure(
        .exists, operation: "make bridge", object: name, cause: "another interface has that name",
        remedy: "remove it or write another Bridge= in netd.conf")
    }
    let gateway = layout.gateway(network: network, shard: shard)
    // Before it goes up: the kernel makes a link-local address at that moment.
    quiet.bridge = link.bridge?.undoing
    quiet.mtu = UInt32(own.mtu)
    quiet.alias = Self.bridgeTag
    quiet.hasLinkLocal = own.prefix6 != nil
    try route.change(name, quiet)
    try route.change(name, LinkChange(isUp: true))
    if own.mode != .external {
      let address = InterfaceAddress(index: link.index, address: gateway, prefix: Layout.shardPrefix)
      try route.addAddress(address, object: "\(IPv4.text(gateway))/24 to \(name)")
      // It comes with a new address, but not again by itself.
      try route.addSubnet(of: address, object: "\(IPv4.text(gateway))/24 by \(name)")
      if let address = layout.gateway6(network: network, shard: shard) {
        try route.addAddress6(
          InterfaceAddress6(index: link.index, address: address, prefix: 64), object: "\(address.text)/64 to \(name)")
      }
      try route.enableForwarding(name)
    }
    // What ports it has is none of the trunks' business: guests keep each other when the way out is gone.
    noteBridge(network: network, shard: shard, link.index, isWhole: false)
    let trunks = layout.trunks(network: network)
    try dropTrunks(of: link.index, but: trunks)
    for trunk in trunks { try joinTrunk(trunk, own, to: link.index) }
    noteBridge(network: network, shard: shard, link.index, isWhole: true)
    return link.index
  }

  /// Lets packets pass from the ways out to the bridges: for each interface, not for all of the host.
  /// - Returns: Those that somebody else has closed again.
  func openUplinks(_ found: Snapshot) throws(Failure) -> [String] {
    guard layout.networks.contains(where: { $0.mode == .nat || $0.mode == .routed }) else { return [] }
    let way = try route.defaultRoute()
    var closed: [String] = []
    for link in found.links where link.index == way || uplinks.contains(link.name) {
      if link.isForwarding == true { continue }
      try route.enableForwarding(link.name)
      if !waysOpen.insert(link.index).inserted { closed.append(link.name) }
    }
    return closed
  }

  /// How a trunk is a port. Guests of another host are peers too. On an external network the gateway is there as well.
  func trunkPort(_ network: Network) -> BridgePort {
    BridgePort(isIsolated: !network.arePeersAllowed && network.mode != .external)
  }

  /// Makes what joins a bridge with the world outside, and enslaves it.
  private func joinTrunk(_ name: String, _ network: Network, to bridge: Int32) throws(Failure) {
    if let overlay = network.overlay, name != network.uplink, name.hasPrefix(network.tapPrefix + "x") {
      try ensureOverlay(name, overlay)
    } else if network.vlan != 0 {
      try ensureVLAN(name, network, bridge)
    } else {
      try checkUplink(name, bridge)
    }
    var change = LinkChange()
    if name != network.uplink { change.mtu = UInt32(network.mtu) }
    change.master = bridge
    change.port = trunkPort(network)
    change.isUp = true
    try route.change(name, change)
  }

  private func uplink(_ name: String) throws(Failure) -> Link {
    if let link = try route.link(name) { return link }
    throw Failure(
      .notFound, operation: "join uplink", object: name, cause: "there is no such interface",
      remedy: "correct Uplink= in netd.conf, or bring the interface up")
  }

  private func checkUplink(_ name: String, _ bridge: Int32) throws(Failure) {
    let link = try uplink(name)
    guard link.master == 0 || link.master == bridge else {
      throw Failure(
        .exists, operation: "join uplink", object: name, cause: "it is a port of another bridge or bond",
        remedy: "take it out there, or write another Uplink=")
    }
    let hasAddress = try route.addresses().contains { $0.index == link.index }
    guard link.master == bridge || !hasAddress else {
      throw Failure(
        .state, operation: "join uplink", object: name, cause: "it has addresses of the host, which would be cut off",
        remedy: "move them to the bridge by hand, or use an interface without addresses")
    }
  }

  /// Takes trunks of an earlier configuration out of a bridge, which would join their segment with its own.
  private func dropTrunks(of bridge: Int32, but trunks: [String]) throws(Failure) {
    var out = LinkChange()
    out.master = 0
    let present = try route.links(of: bridge).filter { $0.master == bridge && $0.alias == Self.trunkTag }
    for link in present where !trunks.contains(link.name) { try route.change(link.name, out) }
  }

  private func ensureVLAN(_ name: String, _ network: Network, _ bridge: Int32) throws(Failure) {
    let parent = try uplink(network.uplink ?? "")
    var carrying = LinkChange()
    // A VLAN goes up only on what is up, and with it a port too the bridge would be in two segments.
    carrying.isUp = true
    if parent.master == bridge { carrying.master = 0 }
    try route.change(parent.name, carrying)
    if let link = try route.link(name) {
      if link.vlan == network.vlan, link.parent == parent.index { return }
      try removeTrunk(link)
    }
    var change = LinkChange()
    change.alias = Self.trunkTag
    change.hasLinkLocal = false
    try route.createVLAN(name, parent: parent.index, id: network.vlan, change)
  }

  private func ensureOverlay(_ name: String, _ overlay: Network.Overlay) throws(Failure) {
    let wanted = VXLAN(vni: overlay.vni, local: overlay.local, port: overlay.port, isLearning: true)
    var link = try route.link(name)
    if let old = link, old.vxlan != wanted {
      try removeTrunk(old)
      link = nil
    }
    if link == nil {
      var change = LinkChange()
      change.alias = Self.trunkTag
      change.hasLinkLocal = false
      try route.createVXLAN(name, wanted, change)
      link = try route.link(name)
    }
    guard let link else { return }
    try route.setFloodPeers(of: link.index, to: overlay.peers, object: name)
  }

  private func removeTrunk(_ link: Link) throws(Failure) {
    guard link.alias == Self.trunkTag else {
      throw Failure(
        .exists, operation: "make trunk", object: link.name, cause: "another interface has that name",
        remedy: "remove it or write another TapPrefix= in netd.conf")
    }
    try route.deleteLink(index: link.index)
  }
}
