import Failure
package import Life

/// What of a VM's life goes into the event log of the host.
extension VirtualMachine {
  /// Notes what an event has changed.
  package func report(_ event: Event, _ before: LifeCycle, by author: Author) {
    let name = name
    func append(_ kind: EventKind, _ what: String, to state: State? = nil, _ why: Failure? = nil) {
      context.events.append(
        HostEvent(
          vm: id, name: name, kind: kind, what: what, from: state == nil ? nil : before.state,
          to: state, generation: life.generation, why: why
        ).by(author))
    }
    if life.state != before.state {
      append(.state, event.summary, to: life.state, life.why)
    } else if event.isRequest, life.memory != before.memory {
      append(.state, event.summary)
    }
    if let cut = life.newCut(since: before) { append(.power, LifeCycle.disobedience, cut) }
    if life.restart != before.restart {
      if let wait = life.restart {
        let seconds = Double(wait.delay.milliseconds) / 1000
        append(.state, "automatic start in \(seconds) s" + (wait.attempt > 0 ? ", attempt \(wait.attempt)" : ""))
      } else if !life.state.hasProcess {
        append(.state, "no automatic start any more")
      }
    }
    // What is found at the first look is no news.
    if case .agent = event, life.agentConnected != before.agentConnected, hasAnswered { noteSparingly(event.summary) }
    if (life.unhealthyReason == nil) != (before.unhealthyReason == nil), life.state.hasProcess {
      append(.health, life.unhealthyReason == nil ? "healthy" : "unhealthy", life.unhealthyReason)
    }
  }
}
