import Failure
package import IPC
import Text

extension VMFacts.Port {
  /// What is wrong with this port.
  package func reasons(runs: Bool, name: String, findings: [Audit.Finding]) -> [Reason] {
    var reasons: [Reason] = []
    func add(_ weight: Reason.Weight, _ failure: Failure) { reasons.append(Reason(weight, .network, failure)) }
    for finding in findings where finding.kind == .broken && finding.interface == bridge && !bridge.isEmpty {
      add(
        runs ? .weakens : .blocks,
        Failure(
          .system, operation: "join bridge", object: bridge, cause: "netd cannot make the bridge: \(finding.detail)",
          remedy: "remove what has its name (ip link del \(bridge)); netd makes it again by itself"))
    }
    guard runs else {
      if most > 0, used >= most, tap.isEmpty {
        add(
          .blocks,
          Failure(
            .exhausted, operation: "attach port", object: "network \(network)",
            cause: "all of its \(most) ports are taken",
            remedy: "delete VMs or raise Shards= in netd.conf"))
      }
      return reasons
    }
    let cutOff = "NIC \(nic) is cut off: "
    let again = "start it again: vmsupervisor stop \(name) && vmsupervisor start \(name)"
    switch (state, link) {
    case (_, .missing):
      add(
        .weakens,
        Failure(
          .notFound, operation: "reach network \(network)", object: tap, cause: cutOff + "somebody has removed its TAP",
          remedy: again))
    case (.some(.kept), _), (.some(.releasing), _):
      add(
        .weakens,
        Failure(
          .state, operation: "reach network \(network)", object: tap,
          cause: cutOff + "its hypervisor does not hold the TAP any more; it was removed or made again", remedy: again))
    case (_, .unplugged):
      add(
        .weakens,
        Failure(
          .state, operation: "reach network \(network)", object: tap,
          cause: cutOff + "its TAP is in no bridge; \(bridge.isEmpty ? "that" : bridge) was removed",
          remedy: "netd makes the bridge and plugs it in again as soon as it runs; if it does not, "
            + "\(ServiceRemedy(.netd).start); \(ServiceRemedy(.netd).log)"))
    case (_, .plugged(let bridge, false)):
      add(
        .weakens,
        Failure(
          .state, operation: "reach network \(network)", object: tap, cause: cutOff + "its TAP or \(bridge) is down",
          remedy: "ip link set \(tap) up; ip link set \(bridge) up"))
    default: break
    }
    return reasons
  }
}
