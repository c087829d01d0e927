package import Failure
package import IPC
import Linux
package import Text

/// Who serves addresses and names to guests, as it was found at one instant. A value: no I/O.
package struct NamingFacts: Hashable, Sendable {
  /// What netd knows of netdns, which is a client of it.
  package enum Netdns: Hashable, Sendable {
    case connected
    /// It was, and is not any more.
    case gone
    /// No netdns has asked this netd for anything.
    case neverSeen
    /// netd has just been started: a netdns may not have found it yet.
    case unknown
  }

  package var netdns = Netdns.unknown
  /// Whether this process sees none of what netd has made: it is in another network namespace.
  package var isElsewhere = false
  package var answers: [Gateway: GatewayAnswer] = [:]

  /// What netd calls netdns in its findings.
  package static let finding = "netdns"
  /// Seconds after which a netdns has found a netd that was started again: it tries every five seconds at least.
  private static let settling: UInt32 = 15

  package init() {}

  /// Judges netd's answers; the gateways are still to be asked.
  package init(_ audit: Audit.Reply, _ counters: Counters.Reply, isElsewhere: Bool) {
    self.isElsewhere = isElsewhere
    if audit.findings.contains(where: { $0.kind == .broken && $0.interface == Self.finding }) {
      netdns = .gone
    } else if counters.served.contains(where: { $0.verb == .watch && $0.granted > 0 }) {
      netdns = .connected
    } else {
      netdns = counters.uptime < Self.settling ? .unknown : .neverSeen
    }
  }

  /// The gateways of ports that somebody holds. External networks have theirs elsewhere.
  static func gateways(_ entries: [Ports.Entry]) -> Set<Gateway> {
    Set(
      entries.filter { $0.state == .active && $0.port.gateway != 0 }.map {
        Gateway(network: $0.slot.network, shard: $0.slot.shard, address: $0.port.gateway)
      })
  }

  /// Whether guests were ever meant to be served here; where nobody runs a netdns its absence is no trouble.
  package var isWanted: Bool { netdns == .connected || netdns == .gone || answers.values.contains(.served) }
}

/// Something that is wrong with names and addresses, and what it is about.
package struct NamingTrouble: Hashable, Sendable {
  /// `netdns`, or a network.
  package var subject: String
  package var failure: Failure
}

extension NamingFacts {
  /// What is wrong, netdns first.
  package func troubles(_ netdnsRemedy: ServiceRemedy) -> [NamingTrouble] {
    var troubles: [NamingTrouble] = []
    if netdns == .gone || (netdns == .neverSeen && answers.values.contains(.served)) {
      troubles.append(
        NamingTrouble(
          subject: "netdns",
          failure: Failure(
            .unavailable, part: .network, operation: "serve names", object: "netdns",
            cause: "netdns has ended: guests that start now may get neither address nor name",
            remedy: "\(netdnsRemedy.start); \(netdnsRemedy.log)")))
    }
    for (gateway, answer) in answers.sorted(by: { $0.key.address < $1.key.address }) {
      guard let failure = Self.judge(gateway, answer, netdns, netdnsRemedy) else { continue }
      troubles.append(NamingTrouble(subject: gateway.network, failure: failure))
    }
    return troubles
  }

  private static func judge(
    _ gateway: Gateway, _ answer: GatewayAnswer, _ netdns: Netdns, _ remedy: ServiceRemedy
  ) -> Failure? {
    let place = "\(IPv4.text(gateway.address)) port 53"
    let object = "network \(gateway.network)"
    let fails = "guests of network \(gateway.network) get neither addresses nor names"
    switch answer {
    case .served, .unknown: return nil
    case .closed, .silent:
      return Failure(
        .unavailable, part: .network, operation: "ask for names", object: object,
        cause: "\(answer == .closed ? "no name server listens" : "no name server answers") at \(place): \(fails)",
        remedy: netdns != .connected
          ? remedy.start
          : answer == .closed
            ? "netdns starts its dnsmasq again by itself; if it does not, \(remedy.log); is the package dnsmasq-base "
              + "installed?"
            : "end it: as root, ss -lunp 'sport = 53' shows its pid, then kill -9 PID; netdns starts another one by itself"
      )
    case .other:
      return Failure(
        .exists, part: .network, operation: "ask for names", object: object,
        cause: "what answers at \(place) is not the dnsmasq of netdns: \(fails)",
        remedy: "keep that server off this address (ss -lunp 'sport = 53' names it; a dnsmasq has bind-interfaces and "
          + "except-interface=), then as to netdns, \(remedy.restart)")
    case .absent:
      return Failure(
        .notFound, part: .network, operation: "ask for names", object: object,
        cause: "this host does not have the gateway's address \(IPv4.text(gateway.address)) any more: \(fails)",
        remedy:
          "netd gives its bridge the address again while it runs: \(ServiceRemedy(.netd, isUnit: remedy.isUnit).log)")
    }
  }
}
