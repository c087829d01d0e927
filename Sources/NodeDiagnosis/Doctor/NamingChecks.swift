import Failure
import IPC
import Linux
import NodeCore
import Text

/// What guests get from netdns, by its own word and by questions to their gateways.
enum NamingChecks {
  /// - Parameter facts: nil if netd did not answer, so that nobody knows which gateways there are.
  static func look(_ facts: NamingFacts?, _ remedy: ServiceRemedy) -> [Check] {
    guard let facts else {
      return [.unused("dns", "which networks are in use is not known while netd does not answer")]
    }
    if facts.isElsewhere {
      return [
        .warn(
          "namespace",
          "this process is in another network namespace than netd: it cannot count packets of VMs, nor ask for names",
          fix: "run vmsupervisor in netd's network namespace; its unit must not have PrivateNetwork= or "
            + "NetworkNamespacePath="),
        .unused("dns", "the gateways of guests cannot be reached from here"),
      ]
    }
    let troubles = facts.troubles(remedy)
    let isWanted = facts.isWanted || remedy.isUnit
    var checks = troubles.map { trouble in
      let name = trouble.subject == "netdns" ? "dns" : "dns.\(trouble.subject)"
      return isWanted
        ? Check.fail(name, trouble.failure.cause, fix: trouble.failure.remedy)
        : .warn(name, trouble.failure.cause, fix: "\(trouble.failure.remedy), unless something else serves them")
    }
    for (gateway, answer) in facts.answers.sorted(by: { $0.key.address < $1.key.address }) {
      guard case .unknown(let error) = answer else { continue }
      checks.append(
        .unused("dns", "\(IPv4.text(gateway.address)) cannot be asked from here: \(error)"))
    }
    if !checks.isEmpty { return checks }
    if facts.netdns == .neverSeen {
      return [
        .warn(
          "dns", "no netdns has connected to netd: guests without a fixed address get none, and no names",
          fix: "\(remedy.start), unless something else serves them")
      ]
    }
    let served = facts.answers.values.count { $0 == .served }
    return [
      .ok(
        "dns",
        (facts.netdns == .connected ? "netdns is connected to netd" : "netd has just been started")
          + (served == 0 ? "; no network is in use" : "; its dnsmasq answers at \(served) gateways"))
    ]
  }
}
