import Failure
package import IPC
import Text

extension NodeContext {
  /// Takes a look at who serves names: what has begun or is over becomes an event of the host.
  /// - Returns: what is wrong and has been for more than one look.
  package func hearOfNames(_ facts: NamingFacts) async -> [NamingTrouble] {
    troubles.note(
      "namespace",
      facts.isElsewhere
        ? Failure(
          .state, part: .network, operation: "see", object: "the ports of VMs",
          cause: "the supervisor is in another network namespace than netd: packets of VMs are not counted, and nobody "
            + "asks whether names are served",
          remedy: "run it in netd's network namespace") : nil,
      well: "the supervisor sees the ports of VMs again")
    // From elsewhere nothing can be said, neither good nor bad.
    guard !facts.isElsewhere else {
      naming.clear()
      return []
    }
    let (now, well) = naming.take(facts, remedy: ServiceRemedy(.netdns))
    for trouble in now {
      troubles.note("dns.\(trouble.subject)", kind: .dns, trouble.failure, well: "")
    }
    for subject in well {
      let words = subject == "netdns" ? "netdns is there again" : "names of network \(subject) are served again"
      troubles.note("dns.\(subject)", kind: .dns, nil, well: words)
    }
    return now
  }
}

extension NodeContext {
  /// Networks in use whose guests get no names, by a question to their gateways now.
  package func unservedNetworks(_ audit: Audit.Reply) async -> [NamingTrouble] {
    guard let entries = try? await netd.ports(), let counters = try? await netd.counters() else { return [] }
    let facts = await NamingLook.look(entries, audit, counters, LinkFacts())
    return naming.troubles(facts, ServiceRemedy(.netdns)).filter { $0.subject != NamingFacts.finding }
  }
}

extension NamingTrouble {
  /// Whether it is a VM's: of one of its networks, or of what serves all of those that netd has the gateway of.
  package func concerns(_ record: Record) -> Bool {
    let networks = record.ports.filter { $0.gateway != 0 }.map(\.network)
    return subject == "netdns" ? !networks.isEmpty : networks.contains(subject)
  }
}
