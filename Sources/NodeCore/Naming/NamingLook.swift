import Failure
package import IPC
import Linux

/// Finds out who serves names: netd's word first, then a question to every gateway that is in use.
package enum NamingLook {
  private static let queue = BlockingQueue("names")

  /// Looks from this process's network namespace.
  package static func look(
    _ entries: [Ports.Entry], _ audit: Audit.Reply, _ counters: Counters.Reply, _ links: LinkFacts
  ) async -> NamingFacts {
    await queue.run { lookHere(entries, audit, counters, links) }
  }

  /// The same, blocking.
  package static func lookHere(
    _ entries: [Ports.Entry], _ audit: Audit.Reply, _ counters: Counters.Reply, _ links: LinkFacts
  ) -> NamingFacts {
    var facts = NamingFacts(audit, counters, isElsewhere: links.isElsewhere(entries, audit))
    if !facts.isElsewhere { facts.answers = GatewayProbe().ask(NamingFacts.gateways(entries)) }
    return facts
  }
}
