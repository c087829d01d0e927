import Linux
import Netlink
import Testing

@testable import NetworkPlan
@testable import netd

/// Something that root, or a program of root's, can do to what belongs to netd.
struct Tampering: CustomTestStringConvertible, Sendable {
  let name: String
  /// The program and its words; `TAP` stands for the port's TAP, `LIST` for its chain of address ranges.
  let words: [String]
  /// What a file below `/proc/sys/net` is set to instead, one value after the other.
  var file: (path: String, value: String)?

  var testDescription: String { name }

  private static func nft(_ name: String, _ text: String) -> Tampering {
    Tampering(name: name, words: ["/usr/sbin/nft", text])
  }

  private static func run(_ name: String, _ words: String...) -> Tampering { Tampering(name: name, words: words) }

  private static func sysctl(_ name: String, _ path: String, _ value: String) -> Tampering {
    Tampering(name: name, words: [], file: (path, value))
  }

  private static let ip = "/usr/sbin/ip"
  private static let bridge = "/usr/sbin/bridge"
  private static let tc = "/usr/sbin/tc"

  static let ofRules = [
    nft("flush the bridge table", "flush table bridge procurator"),
    nft("flush the inet table", "flush table inet procurator"),
    nft("delete the bridge table", "delete table bridge procurator"),
    nft("delete the inet table", "delete table inet procurator"),
    nft("flush everything", "flush ruleset"),
    nft("put a table to sleep", "add table bridge procurator { flags dormant; }"),
    nft("insert accept", "insert rule bridge procurator prerouting accept"),
    nft("insert accept before the forwards", "insert rule inet procurator forward accept"),
    nft("flush a chain", "flush chain bridge procurator guest_ip"),
    nft("change a policy", "add chain inet procurator forward { policy drop; }"),
    nft(
      "add a chain with a priority of its own",
      "add chain bridge procurator early { type filter hook prerouting priority -400; policy accept; }"),
    nft("delete an element", "delete element bridge procurator senders { TAP . 02:50:0a:64:00:02 }"),
    nft("add a foreign source", "add element bridge procurator sources { TAP . 8.8.8.8 }"),
    nft(
      "change a verdict",
      "delete element bridge procurator ports { TAP }; add element bridge procurator ports { TAP : accept }"),
    nft("flush a set", "flush set inet procurator policed"),
    nft("lift a limit", "flush map bridge procurator rates"),
    nft("open a port's chain", "add rule inet procurator LIST accept"),
    nft("delete the domains of a list", "flush chain inet procurator profile-ID"),
    nft(
      "lead a forward elsewhere",
      "delete element inet procurator forwards { tcp . 8080 }; "
        + "add element inet procurator forwards { tcp . 8080 : 10.100.0.3 . 22 }"),
  ]

  static let ofInterfaces = [
    sysctl("switch forwarding off", "ipv4/conf/br-procurator/forwarding", "0"),
    sysctl("switch all forwarding off", "ipv4/ip_forward", "1 0"),
    sysctl("give a TAP the host's IPv6", "ipv6/conf/TAP/disable_ipv6", "0"),
    run("end isolation", bridge, "link", "set", "dev", "TAP", "isolated", "off"),
    run("let a port learn and be flooded", bridge, "link", "set", "dev", "TAP", "learning", "on", "flood", "on"),
    run("forget where a guest is", bridge, "fdb", "del", "02:50:0a:64:00:02", "dev", "TAP", "master"),
    run("listen to multicasts", ip, "link", "set", "br-procurator", "type", "bridge", "mcast_snooping", "1"),
    run(
      "pass frames by the host's rules", ip, "link", "set", "br-procurator", "type", "bridge", "nf_call_iptables", "1"),
    run("send nothing back", bridge, "link", "set", "dev", "TAP", "hairpin", "off"),
    run(
      "limit what is received", tc, "qdisc", "replace", "dev", "TAP", "root", "tbf", "rate", "8kbit", "burst", "2kb",
      "limit", "9kb"),
    run("speak spanning tree", ip, "link", "set", "br-procurator", "type", "bridge", "stp_state", "1"),
    run(
      "forward what is for bridges", ip, "link", "set", "br-procurator", "type", "bridge", "group_fwd_mask", "0x4000"),
    run("lift the limit of what is received", tc, "qdisc", "del", "dev", "TAP", "root"),
    run("take the gateway's address", ip, "address", "del", "10.100.0.1/24", "dev", "br-procurator"),
    run("take the route", ip, "route", "del", "10.100.0.0/24"),
    run("lead the route elsewhere", ip, "route", "replace", "10.100.0.0/24", "dev", "up0"),
    run("take a TAP out of its bridge", ip, "link", "set", "TAP", "nomaster"),
    run("take a TAP down", ip, "link", "set", "TAP", "down"),
    run("another MTU", ip, "link", "set", "TAP", "mtu", "900"),
    run("another hardware address", ip, "link", "set", "TAP", "address", "02:11:22:33:44:55"),
    run("no name of an owner", ip, "link", "set", "TAP", "alias", "nobody's"),
    run("take the bridge down", ip, "link", "set", "br-procurator", "down"),
    run("another MTU of the bridge", ip, "link", "set", "br-procurator", "mtu", "700"),
  ]

  /// Does it, in the network namespace of the calling thread.
  func run(_ tap: String, profile: String) throws {
    func filled(_ text: String) -> String {
      text.split(separator: "TAP", omittingEmptySubsequences: false).joined(separator: tap)
        .split(separator: "LIST", omittingEmptySubsequences: false).joined(separator: "ranges-\(tap)")
        .split(separator: "profile-ID", omittingEmptySubsequences: false).joined(separator: profile)
    }
    if let file {
      for value in file.value.split(separator: " ") {
        try World.set(String(value), "/proc/sys/net/" + filled(file.path))
      }
    } else {
      try World.run(words.map(filled))
    }
  }
}

/// Everything that netd promises of the kernel about one port and its bridge, as it is.
struct PromisedState: Hashable {
  var tables: [TableFacts?]
  var tap: Link?
  var bridge: Link?
  var isLocated: Bool
  var rate: UInt64?
  var hasAddress: Bool
  var subnets: Int
  var uplinks: [Bool?]

  init(_ tap: String, _ layout: Layout, _ slot: Slot) throws {
    var filter = try NetfilterSocket()
    var route = try RouteSocket()
    tables = []
    for family in [TableFamily.bridge, .inet] {
      tables.append(try filter.facts(table: Ruleset.table, family, leavingOut: Ruleset.isOpen))
    }
    self.tap = try route.link(tap)
    bridge = try route.link("br-procurator")
    let index = bridge?.index ?? 0
    let entry = ForwardingEntry(mac: layout.mac(slot), port: self.tap?.index ?? 0)
    isLocated = try index != 0 && route.forwarding(bridge: index).contains(entry)
    rate = self.tap == nil ? nil : try route.shaping(of: tap)
    hasAddress = try route.addresses().contains {
      $0.index == index && $0.address == layout.gateway(network: 0, shard: 0)
    }
    subnets = try route.subnets(of: index).count
    uplinks = [try route.link("up0")?.isForwarding]
  }
}
