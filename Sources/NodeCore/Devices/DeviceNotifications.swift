import Failure

/// Waiting for what a hypervisor tells on its own.
extension VMDevices {
  /// Waits until `condition` holds, which is looked at again whenever the hypervisor has told something of its devices, or
  /// may have while nobody heard it.
  /// - Returns: false if it does not hold within `limit`.
  nonisolated(nonsending) func untilDevices(
    within limit: Duration, _ condition: nonisolated(nonsending) () async throws(Failure) -> Bool
  ) async throws(Failure) -> Bool {
    let here = OnActor(self, of: #isolation)
    let notifications = listeners.subscribe(atOnce: true) { number in
      Task { await here.run { $0.listeners.unsubscribe(number) } }
    }
    // Ends the waiting, not the condition: what is asked of the hypervisor has its own time limit.
    let timer = Task {
      try await Task.sleep(for: limit)
      await here.run { $0.notify() }
    }
    defer { timer.cancel() }
    let end = ContinuousClock.now + limit
    for await _ in notifications {
      if try await condition() { return true }
      if ContinuousClock.now >= end { return false }
    }
    return false
  }

  /// The hypervisor has told something of its devices, or may have while nobody heard it.
  func notify() { listeners.tell() }
}
