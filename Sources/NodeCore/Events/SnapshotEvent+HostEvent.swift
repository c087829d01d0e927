extension SnapshotEvent {
  /// What an event tells; nil if it is of no snapshot, or of something that was not done.
  package init?(_ event: HostEvent) {
    guard event.kind == .snapshot, event.why == nil,
      let found = Self.allCases.first(where: { event.what.hasPrefix($0.word + ": ") })
    else { return nil }
    self = found
  }
}
