package import Failure
package import Life

/// What beside its state is to be said of a VM's life.
package struct LifeProgress: Sendable {
  package var health: Health.State
  /// Why the last check failed.
  package var unhealthyReason: Failure?
  /// The last line that the program of that check wrote; empty if it wrote none.
  package var said = ""
  /// Automatic starts since it was made.
  package var restarts: UInt64
  /// Automatic starts in a row; of the one that is to come, its number.
  package var attempt: Int
  /// Time until it; nil if none is to come.
  package var nextRestart: Duration?
  /// What was requested and is not done yet; empty if nothing is.
  package var request: String
  /// Whether an error of a disk holds the guest.
  package var isHeld: Bool
  /// Whether the guest has put itself to sleep.
  package var isSuspended: Bool
  /// That the guest did not do what it was last asked to.
  package var cut: Failure?
  /// Why the hypervisor does nothing.
  package var stall: Failure?
  /// Times that the guest has started again in this run without being asked.
  package var guestResets: UInt64
  /// That it does so again and again.
  package var loop: Failure?
  /// Seconds since it came into its state.
  package var secondsInState: Double
}
