package import Failure
package import FoundationEssentials
package import Hypervisor
import Life

/// What is seen of one run. Belongs to the VM's actor.
package struct RunWatch {
  /// Why the hypervisor does nothing; nil while it answers.
  package var stall: Stall?
  /// Why the agent, whose port is open, does not answer; nil if it does.
  package var agentSilence: Failure?
  /// Whether its port was open before.
  package var hadAgent = false
  /// That what others reach it by was removed; nil while it is there.
  package var uprooted: Failure?
  /// Looks in a row that found no socket, as far as that counts.
  var misses = 0
  /// How often the guest starts again.
  var resets = ResetWatch()
  /// Seconds since boot when the monitor last answered; nil before it was asked for the first time.
  var answered: Double?
  /// How the silence of an agent is told.
  package static let agentSilence = "the guest agent's port is open, and nobody answers there"
  var isAsking = false
  var isPinging = false
  /// What the guest has said of itself last; nil while it has said nothing.
  package var facts: GuestFacts?
  /// When its agent has answered last.
  package var agentSeen: Date?
  /// When it was asked last what it is.
  var inquired: ContinuousClock.Instant?
  var isInquiring = false
}
