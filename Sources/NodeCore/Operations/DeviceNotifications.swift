import Failure

/// Waiting for what a hypervisor tells on its own.
extension VirtualMachine {
  /// Waits until `condition` holds, which is looked at again whenever the hypervisor has told something of its devices, or
  /// may have while nobody heard it.
  /// - Returns: false if it does not hold within `limit`.
  func untilDevices(
    within limit: Duration, _ condition: () async throws(Failure) -> Bool
  ) async throws(Failure) -> Bool {
    let notifications = deviceNotifications.subscribe(atOnce: true) { number in
      Task { await self.stopDeviceNotifications(number) }
    }
    // Ends the waiting, not the condition: what is asked of the hypervisor has its own time limit.
    let timer = Task {
      try await Task.sleep(for: limit)
      self.deviceNotifications.tell()
    }
    defer { timer.cancel() }
    let end = ContinuousClock.now + limit
    for await _ in notifications {
      if try await condition() { return true }
      if ContinuousClock.now >= end { return false }
    }
    return false
  }

  private func stopDeviceNotifications(_ number: UInt64) { deviceNotifications.unsubscribe(number) }
}
