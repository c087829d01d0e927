import HypervisorQEMU
import Life

/// Something that a guest does to us without end.
package struct GuestFlood: Sendable {
  /// What is said of it among the warnings; nil if it is over.
  package var warning: String?
  package var told: ContinuousClock.Instant?

  /// Time until the same is an event again: a guest may begin and end as often as it likes.
  package static let silence = Duration.seconds(60)
}

extension VirtualMachine {
  /// The guest sends on its agent's port what nobody asked for, or its agent has answered again.
  func agentPortFloods(_ floods: Bool, _ token: String) {
    guard run?.incarnation.token == token else { return }
    flood(
      "agent",
      floods
        ? "the guest sends without end on its agent's port what nobody asked for; nobody reads it until its agent is asked again"
        : nil)
  }

  /// The guest raises events of a name without end.
  func eventsFlood(_ name: String) {
    flood(
      "events \(name)",
      "the guest raises \(name) events without end; those above \(QMPClient.eventsPerSecond) a second are dropped")
  }

  private func flood(_ kind: String, _ warning: String?) {
    guard let run else { return }
    var flood = run.floods[kind] ?? GuestFlood()
    flood.warning = warning
    if let warning, flood.told.map({ ContinuousClock.now - $0 >= GuestFlood.silence }) ?? true {
      flood.told = .now
      context.log.warning("\(warning)", metadata: metadata)
      context.events.append(
        HostEvent(vm: id, name: name, kind: "warning", what: warning, actor: "guest", generation: life.generation))
    }
    run.floods[kind] = flood
    announce()
  }
}

extension Run {
  /// What the guest floods us with now.
  var floodWarnings: [String] { floods.sorted { $0.key < $1.key }.compactMap(\.value.warning) }
}
