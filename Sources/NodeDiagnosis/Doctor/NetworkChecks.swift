package import Failure
package import IPC
import Linux
import NodeCore
import Text

/// What netd and the kernel say about networks.
package enum NetworkChecks {
  /// What netd answered.
  package struct Netd: Sendable {
    package var version: String
    package var audit: Audit.Reply
    package var counters: Counters.Reply
    /// Ports of whoever asked.
    package var ports: [Ports.Entry] = []
    /// How often netd has put something right since its start; nil if this netd does not compare.
    package var mended: UInt64?
  }

  /// What follows for who runs while netd is away.
  static let unguarded = "and nobody notices when the rules that guard them are changed"

  /// Everything that netd's answer tells.
  package static func netd(_ answer: Result<Netd, Failure>, ownVersion: String) -> [Check] {
    switch answer {
    case .failure(let failure):
      var check = Check.failed("netd", failure)
      check.found +=
        "; VMs with a NIC cannot start, those that run keep their network, \(unguarded)"
      return [check]
    case .success(let netd):
      return [
        .ok("netd", "answers, \(netd.audit.shards.count) bridges, \(netd.audit.active) ports in use"),
        versions(netd: netd.version, supervisor: ownVersion), table(netd),
      ] + ports(netd.audit.shards) + findings(netd.audit.findings)
    }
  }

  private static func versions(netd: String, supervisor: String) -> Check {
    // It says its name too.
    let version = netd.split(separator: " ").last.map(String.init) ?? netd
    return version == supervisor || version.isEmpty
      ? .ok("versions", "supervisor and netd are \(supervisor)")
      : .warn(
        "versions", "the supervisor is \(supervisor), netd is \(version)",
        fix: "restart the one that still runs the older program; guests keep running")
  }

  /// netd compares rule by rule and element by element when it is asked for its audit, and loads what is not right.
  private static func table(_ netd: Netd) -> Check {
    if let finding = netd.audit.findings.first(where: { $0.kind == .broken && $0.interface == "nftables" }) {
      return .fail(
        "nftables", "\(finding.detail): nothing keeps guests from sending as somebody else",
        fix: "as to netd, \(ServiceRemedy(.netd).restart); what nftables refused: \(ServiceRemedy(.netd).log)")
    }
    guard !netd.counters.dropped.isEmpty else {
      return .fail(
        "nftables", "netd's table is not there: nothing keeps guests from sending as somebody else",
        fix: "as to netd, \(ServiceRemedy(.netd).restart); what nftables refused: \(ServiceRemedy(.netd).log)")
    }
    let packets = netd.counters.dropped.reduce(0) { $0 + $1.packets }
    guard let mended = netd.mended else {
      return .warn(
        "nftables", "netd's table is there, but this netd is too old to compare its rules; \(packets) packets dropped",
        fix: "install the same release of netd and restart it; guests keep running")
    }
    let repairs =
      mended == 0 ? "" : "; it has put something right \(mended) times since it started (vmsupervisor events)"
    return .ok("nftables", "netd's rules are all there, compared just now, \(packets) packets dropped\(repairs)")
  }

  private static func ports(_ shards: [Audit.Shard]) -> [Check] {
    let networks = Set(shards.map(\.slot.network)).sorted()
    return networks.compactMap { network in
      let own = shards.filter { $0.slot.network == network }
      let used = own.reduce(0) { $0 + Int($1.used) }
      let most = own.reduce(0) { $0 + Int($1.max) }
      guard used >= most else { return nil }
      return .fail(
        "ports.\(network)",
        "all \(most) ports of network \(network) are taken: no further VM with a NIC in it can start",
        fix: "delete VMs, or raise Shards= of [Network \(network)] in netd.conf")
    }
  }

  private static func findings(_ findings: [Audit.Finding]) -> [Check] {
    let blocked = findings.filter { $0.kind == .blocked }.map { finding in
      Check.warn("forward", "\(finding.interface) drops what guests send outside", fix: finding.detail)
    }
    // What is known of netdns is judged together with what the gateways answer, and the guard by itself.
    let apart = [NamingFacts.finding, "nftables"]
    let others = findings.filter { $0.kind != .blocked && !apart.contains($0.interface) }.map { finding in
      Check.warn(
        "network.\(finding.kind)", finding.interface + (finding.detail.isEmpty ? "" : ": \(finding.detail)"),
        fix: remedy(finding.kind))
    }
    return (blocked.isEmpty ? [.ok("forward", "nobody else's firewall drops what guests send outside")] : blocked)
      + others
  }

  private static func remedy(_ kind: FindingKind) -> String {
    switch kind {
    case .orphan: "vmsupervisor audit --fix"
    case .foreign: "take it out of the bridge: ip link set IFACE nomaster"
    case .missing: "start its VM again; vmsupervisor ports says whose it is"
    case .broken: "remove what has its name: ip link del IFACE; netd makes it again by itself"
    case .blocked: ""
    case .scarce: "see what it says; nothing is lost yet"
    }
  }

  /// Who moves guests' packets.
  /// - Parameter isThere: Whether `/dev/vhost-net` is to be had; nil if netd does not answer.
  package static func vhost(_ isThere: Bool?) -> Check {
    let name = "vhost-net"
    return switch isThere {
    case .some(true): .ok(name, "the kernel moves the packets of guests that run with KVM")
    case .some(false): .unused(name, "there is no /dev/vhost-net to be had: packets go through the hypervisor")
    case .none: .unused(name, "netd does not say whether there is one")
    }
  }

  /// netd switches forwarding on for single interfaces, not for the whole host.
  /// - Parameters:
  ///   - bridges: which of netd's bridges forward; those of networks without a way outside do not.
  ///   - uplink: the interface with the default route and whether it forwards, nil if there is none.
  static func forwarding(bridges: [Bool], uplink: (name: String, isOn: Bool)?) -> Check {
    let name = "ip_forward"
    guard bridges.contains(true) else { return .unused(name, "no network has a bridge that leads outside yet") }
    guard let uplink else { return .unused(name, "there is no default route") }
    if uplink.isOn { return .ok(name, "\(uplink.name) and the bridges forward") }
    return .fail(
      name, "\(uplink.name) does not forward: answers from outside do not reach guests",
      fix: "sysctl -w net.ipv4.conf.\(uplink.name).forwarding=1; netd does so by itself: see what its log says")
  }

  /// - Parameter value: `net.bridge.bridge-nf-call-iptables`, nil if the module is not loaded.
  static func bridgeFilter(_ value: Int?) -> Check {
    value == 1
      ? .warn(
        "br_netfilter",
        "packets between guests of one bridge go through the host's iptables, where others' rules drop them",
        fix: "sysctl -w net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0")
      : .ok("br_netfilter", value == nil ? "not loaded" : "leaves packets between guests alone")
  }

  /// - Parameters:
  ///   - bridges: name and MTU of netd's bridges.
  ///   - uplink: that of the interface with the default route, nil if there is none.
  package static func mtu(bridges: [(name: String, mtu: Int)], uplink: (name: String, mtu: Int)?) -> Check {
    guard let uplink else { return .unused("mtu", "there is no default route") }
    let large = bridges.filter { $0.mtu > uplink.mtu }
    guard let first = large.first else { return .ok("mtu", "\(uplink.name) has \(uplink.mtu), no bridge has more") }
    return .warn(
      "mtu",
      "\(large.map(\.name).joined(separator: ", ")): \(first.mtu), but \(uplink.name) has \(uplink.mtu); "
        + "long packets of guests get lost on the way",
      fix: "write MTU=\(uplink.mtu) into [Network …] of netd.conf")
  }

  /// The interface with the default route, by the text of `/proc/net/route` (proc(5)).
  package static func uplink(route: String) -> String? {
    for line in route.split(separator: "\n").dropFirst() {
      let fields = line.split(whereSeparator: \.isWhitespace)
      // Destination and mask are zero.
      if fields.count > 7, fields[1] == "00000000", fields[7] == "00000000" { return String(fields[0]) }
    }
    return nil
  }
}
