import Life

/// What is to happen to a VM at a time. Belongs to the VM's actor.
final class LifeTimers {
  private var timers: [TimerKind: Task<Void, Never>] = [:]
  /// When the next automatic start is due; of use only while the life cycle waits for one.
  private(set) var restartDue = ContinuousClock.Instant.now

  /// Arms a timer, in the place of the one of its kind.
  /// - Parameter observe: told when it has run out.
  func arm(_ kind: TimerKind, after delay: Duration, _ observe: @escaping Observe) {
    timers[kind]?.cancel()
    if kind == .restart { restartDue = .now + delay }
    timers[kind] = Task {
      do { try await Task.sleep(for: delay) } catch { return }
      await observe(.timer(kind))
    }
  }

  func disarm(_ kind: TimerKind) {
    timers[kind]?.cancel()
    timers[kind] = nil
  }
}
