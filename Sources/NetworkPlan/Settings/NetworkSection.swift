import Configuration
import Failure
import IPC
import Linux

/// A `[Network NAME]` section, read and checked.
struct NetworkSection {
  static let keys = [
    "Subnet", "Bridge", "TapPrefix", "Shards", "Hosts", "MTU", "Mode", "Peers", "IPv6", "IPv6Prefix", "Uplink", "VLAN",
    "VXLAN", "VXLANLocal", "VXLANPeers", "VXLANPort",
  ]
  private static let modes: [(name: String, value: Network.Mode)] = [
    ("nat", .nat), ("routed", .routed), ("isolated", .isolated), ("external", .external),
  ]

  private let section: ConfigurationSection

  init(_ section: ConfigurationSection) { self.section = section }

  func network() throws(Failure) -> Network {
    let name = section.label
    guard name.utf8.count <= NetdLimits.networkName, DomainName.isLabel(name) else {
      throw section.failure(
        "Subnet", "the network's name is not 1 to \(NetdLimits.networkName) small letters, digits and hyphens",
        remedy: "choose a name that can be a DNS label")
    }
    guard let subnet = section.text("Subnet") ?? (name == "default" ? "10.100.0.0/16" : nil) else {
      throw section.failure("Subnet", "it is missing", remedy: "write one, Subnet=10.101.0.0/16 for instance")
    }
    guard let (base, prefix) = IPv4.subnet(subnet), (8...24).contains(prefix) else {
      throw section.failure(
        "Subnet", "\"\(subnet)\" is no IPv4 subnet from /8 to /24 with zeros behind its prefix",
        remedy: "write 10.100.0.0/16")
    }
    if let words = IPv4.reserved(base, prefix: prefix) {
      throw section.failure(
        "Subnet", "\(subnet) is not for hosts: it is \(words)",
        remedy: "write one of 10.0.0.0/8, 10.101.0.0/16 for instance")
    }
    let isStretched = section.text("Uplink") != nil || section.text("VXLAN") != nil
    let room = 1 << Int(24 - prefix)
    let shards = try section.count("Shards", default: isStretched ? 1 : min(4, room), in: 1...64)
    guard shards <= room else {
      throw section.failure("Shards", "\(subnet) holds \(room) of them", remedy: "choose fewer, or a larger Subnet=")
    }
    guard shards == 1 || !isStretched else {
      throw section.failure("Shards", "a network with Uplink= or VXLAN= is one bridge", remedy: "write Shards=1")
    }
    var network = Network(
      name: name, base: base, prefix: prefix, shards: shards, bridge: section.text("Bridge") ?? "br-procurator",
      tapPrefix: section.text("TapPrefix") ?? "pcr")
    network.hosts = try hosts()
    if section.text("MTU") != nil { network.mtu = UInt16(try section.count("MTU", default: 1500, in: 1280...65521)) }
    network.mode = try section.choice("Mode", default: .nat, among: Self.modes)
    network.arePeersAllowed = try section.choice(
      "Peers", default: true, among: [("allowed", true), ("isolated", false)])
    if try section.flag("IPv6", default: false) { network.prefix6 = try prefix6(base) }
    try join(&network)
    try checkNames(network)
    return network
  }

  private func hosts() throws(Failure) -> ClosedRange<UInt8> {
    guard let text = section.text("Hosts") else { return 2...254 }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let first = UInt8(parts[0]), let last = UInt8(parts[1]), first >= 2, first <= last,
      last <= 254
    else { throw section.failure("Hosts", "\"\(text)\" is no range within 2-254", remedy: "write Hosts=2-126") }
    return first...last
  }

  /// The upper 48 bits; by default a function of the subnet in the range for local use (fd00::/8, RFC 4193).
  private func prefix6(_ base: UInt32) throws(Failure) -> UInt64 {
    guard let text = section.text("IPv6Prefix") else { return 0xfd50_6372_0000_0000 | UInt64(base >> 16) << 16 }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1] == "48", let address = IPv6Address(String(parts[0])), address.low == 0,
      address.high & 0xffff == 0, address.high >> 56 == 0xfd || address.high >> 61 == 1
    else {
      throw section.failure(
        "IPv6Prefix", "\"\(text)\" is no /48 in fd00::/8 or 2000::/3", remedy: "write fd12:3456:789a::/48 for instance")
    }
    return address.high
  }

  /// What joins the bridge with the world outside.
  private func join(_ network: inout Network) throws(Failure) {
    network.uplink = section.text("Uplink")
    if let uplink = network.uplink, !Network.isPlain(uplink) || uplink.utf8.count > NetdLimits.interfaceName {
      throw section.failure("Uplink", "\"\(uplink)\" is no name of an interface")
    }
    network.vlan = UInt16(try section.count("VLAN", default: 0, in: 1...4094))
    guard network.vlan == 0 || network.uplink != nil else {
      throw section.failure("VLAN", "it needs an interface", remedy: "write Uplink= too")
    }
    if let entry = section.entry("VXLAN") {
      guard let vni = UInt32(entry.value), (1..<1 << 24).contains(vni) else {
        throw section.failure("VXLAN", "\"\(entry.value)\" is no number from 1 to 16777215")
      }
      guard let local = section.text("VXLANLocal").flatMap({ IPv4.parse($0) }),
        IPv4.reserved(local, prefix: 32) == nil
      else {
        throw section.failure("VXLANLocal", "it is no IPv4 address of this host", remedy: "write VXLANLocal=192.0.2.1")
      }
      var peers: Set<UInt32> = []
      for text in section.list("VXLANPeers", default: []) {
        guard let peer = IPv4.parse(text), peer != local, IPv4.reserved(peer, prefix: 32) == nil else {
          throw section.failure("VXLANPeers", "\"\(text)\" is no IPv4 address of another host")
        }
        peers.insert(peer)
      }
      // 4789 by RFC 7348, section 8.
      let port = UInt16(try section.count("VXLANPort", default: 4789, in: 1...65535))
      network.overlay = Network.Overlay(vni: vni, local: local, peers: peers, port: port)
    } else if let key = ["VXLANLocal", "VXLANPeers", "VXLANPort"].first(where: { section.text($0) != nil }) {
      throw section.failure(
        key, "it says nothing without VXLAN=", remedy: "write VXLAN= with the number of the segment")
    }
    guard network.mode != .external || network.uplink != nil || network.overlay != nil else {
      throw section.failure("Mode", "an external network needs a way out", remedy: "write Uplink= or VXLAN=")
    }
    guard network.mode != .external || network.prefix6 == nil else {
      throw section.failure("IPv6", "addresses of an external network come from outside", remedy: "leave it away")
    }
  }

  private func checkNames(_ network: Network) throws(Failure) {
    for (key, value) in [("Bridge", network.bridge), ("TapPrefix", network.tapPrefix)] where !Network.isPlain(value) {
      throw section.failure(key, "\"\(value)\" is not made of letters, digits, - _ and .")
    }
    guard network.tapPrefix.last?.isNumber == false else {
      throw section.failure(
        "TapPrefix", "it ends with a digit, so a name could be read in two ways", remedy: "add a letter")
    }
    let layout = Layout([network])
    let bridge = layout.bridge(network: 0, shard: network.shards - 1)
    guard bridge.utf8.count <= NetdLimits.interfaceName else {
      throw section.failure(
        "Bridge", "\(bridge) has more than \(NetdLimits.interfaceName) bytes",
        remedy: "write a shorter Bridge= or fewer Shards=")
    }
    for name in [layout.tap(Slot(index: layout.count - 1))] + layout.trunks(network: 0)
    where name.utf8.count > NetdLimits.interfaceName {
      throw section.failure(
        "TapPrefix", "\(name) has more than \(NetdLimits.interfaceName) bytes",
        remedy: "write a shorter TapPrefix= or fewer Shards=")
    }
  }
}
