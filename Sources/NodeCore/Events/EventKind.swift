/// What an event is about. The raw value is the name on every wire and never changes.
package enum EventKind: String, CaseIterable, Codable, Sendable {
  /// A VM came from one state into another, or somebody asked it to; the supervisor began or ended.
  case state
  case created, deleted
  /// The guest's checks pass, or do not any more.
  case health
  /// Devices, media or the network of a VM were changed, or could not be.
  case operation
  /// A snapshot of a VM was made, put back to, or deleted, or could not be; `EventChange` says which.
  case snapshot
  /// Somebody looked at a console or screen, or did something through the guest's agent.
  case access
  /// The network of the host.
  case netd
  /// Who serves names in it.
  case dns
  /// A hypervisor did what it is not permitted to.
  case confinement
  /// Limits were changed, or the guest was asked for memory.
  case limit
  /// The guest did not do what it was asked to, so that its power was cut or its reset button pressed.
  case power
  /// The guest started again without being asked.
  case guest
  /// The guest's agent came, went, fell silent, or answers again.
  case agent
  /// An image was deleted, replaced or cut off under a running guest.
  case image
  /// The clock of the host was set.
  case clock
  /// Anything else that is not as it should be.
  case warning

  /// What a later release calls otherwise is a warning here.
  package init(from decoder: any Decoder) throws {
    self = Self(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .warning
  }
}
