package import Failure
package import FoundationEssentials
package import Hypervisor
import Life
package import Linux

/// A VM as it stands at one instant.
package struct VMStatus: Sendable {
  package var record: Record
  package var agentConnected: Bool
  /// What the guest has said of itself last in this run; nil if nothing.
  package var guest: GuestFacts?
  /// When its agent has answered last.
  package var agentSeen: Date?
  /// The running process, if there is one.
  package var incarnation: Incarnation?
  package var facts: ProcessFacts?
  package var warnings: [Warning]
  /// What was collected about it last.
  package var usage: VMSample?
  package var paths: VMPaths
  package var limits: LimitStatus
  package var progress: LifeProgress
}
