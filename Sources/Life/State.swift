/// Where a VM stands. Every other vocabulary is a mapping at the edge.
public enum State: String, CaseIterable, Codable, Sendable {
  /// Recorded, never started.
  case pending
  /// Ports, disks and the hypervisor are being prepared.
  case starting
  /// The guest runs.
  case running
  /// The guest is halted with its memory kept.
  case paused
  /// The guest was asked to end, or its hypervisor is being ended.
  case stopping
  /// Ended as somebody requested: the owner, or the guest itself.
  case stopped
  /// Ended as nobody requested; the reason says how.
  case failed
  /// Moving to another host.
  case migrating

  /// Whether a hypervisor process belongs to this state.
  public var hasProcess: Bool {
    switch self {
    case .starting, .running, .paused, .stopping, .migrating: true
    case .pending, .stopped, .failed: false
    }
  }

  /// Every transition there is. A change that is not in here is a defect.
  public static let transitions: [State: Set<State>] = [
    .pending: [.starting, .failed],
    .starting: [.running, .paused, .stopping, .stopped, .failed],
    .running: [.paused, .stopping, .stopped, .failed, .migrating],
    .paused: [.running, .stopping, .stopped, .failed, .migrating],
    .migrating: [.running, .paused, .stopping, .stopped, .failed],
    .stopping: [.stopped, .failed],
    .stopped: [.starting, .failed],
    .failed: [.starting],
  ]
}

/// What the owner wants: a VM that runs, or one that does not.
public enum Power: String, Codable, Sendable {
  /// It should run.
  case on
  /// It should not.
  case off
}
