import Failure
import Life

/// Something that a guest does to us without end.
package enum GuestFlood {
  /// Time until the same is an event again: a guest may begin and end as often as it likes.
  package static let silence = Duration.seconds(60)
}

extension VirtualMachine {
  /// The guest sends on its agent's port what nobody asked for, or its agent has answered again.
  func agentPortFloods(_ floods: Bool, _ token: String) {
    guard run?.incarnation.token == token else { return }
    flood(
      "agent", .agent,
      floods
        ? "the guest sends without end on its agent's port what nobody asked for; nobody reads it until its agent is asked again"
        : nil)
  }

  /// The guest raises events of a name without end.
  func eventsFlood(_ name: String, perSecond: Int) {
    flood(
      "events \(name)", .process,
      "the guest raises \(name) events without end; those above \(perSecond) a second are dropped")
  }

  private func flood(_ kind: String, _ part: Failure.Part, _ warning: String?) {
    guard let run else { return }
    if let warning {
      run.warnings.set(Warning(id: "flood.\(kind)", part: part, cause: warning))
    } else {
      run.warnings.clear("flood.\(kind)")
    }
    if let warning, run.floods[kind].map({ ContinuousClock.now - $0 >= GuestFlood.silence }) ?? true {
      run.floods[kind] = .now
      context.log.warning("\(warning)", metadata: metadata)
      context.events.append(
        HostEvent(vm: id, name: name, kind: .warning, what: warning, actor: .guest, generation: life.generation))
    }
    announce()
  }
}
