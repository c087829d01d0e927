package import Life
import Linux
import VMSpec

/// The checks of one guest, from when it runs until it does not: how they stand, and who makes them. Belongs to the VM's
/// actor.
package final class HealthWatch {
  package var health: Health
  /// What the program of the last check said when it failed. Kept apart from the reason, which goes into records and events
  /// that those see who may not see what guests write.
  package var said = ""
  /// Seconds since the boot of the host when the guest was started, `Clock.sinceBoot`.
  let born: Double
  var task: Task<Void, Never>?

  init(_ spec: HealthSpec, born: Double) {
    health = Health(
      Health.Rule(
        interval: .seconds(spec.interval), timeout: .seconds(spec.timeout), threshold: spec.threshold,
        grace: .seconds(spec.grace)))
    self.born = born
  }

  package var age: Duration { .seconds(max(0, Clock.sinceBoot() - born)) }

  deinit { task?.cancel() }
}
