import FoundationEssentials
package import Hypervisor
package import Life
import Linux

/// What the supervisor itself knows about a VM, as its actor saw it last. Sent to the board at every change.
package struct VMSummary: Sendable {
  package var id: String
  package var name: String
  package var state: State
  package var generation: UInt64
  /// Automatic starts since the VM was made.
  package var restarts: UInt64
  /// How long the last start took, from the request to the running guest, microseconds.
  var startDuration: UInt64?
  package var agentConnected: Bool
  /// Whether an error of a disk holds the guest.
  package var isHeld = false
  /// Whether the hypervisor does nothing.
  var isStalled = false
  /// Times that the guest has started again in this run without being asked.
  package var guestResets: UInt64 = 0
  /// What the health check says; nil if there is none, or before its first answer.
  var isHealthy: Bool?
  /// Whether automatic restarts have been given up.
  package var hasGivenUp: Bool
  package var warnings: Int
  package var vcpus: Int
  /// Bytes that the guest was given.
  package var memory: UInt64
  package var machine: String
  /// Nil if it has none.
  package var console: Console?
  /// The hypervisor process, if there is one.
  package var run: Run?

  /// One hypervisor process.
  package struct Run: Sendable {
    /// Tells it from every other run.
    package var token: String
    package var pid: Int32
    /// Clock ticks between boot and its start.
    var startTime: UInt64
    package var accelerator: String
    /// Network cards, in their order; empty if they have no port yet.
    package var cards: [Card]
    /// Name of each disk and drive.
    package var drives: [Device: String]
    package var machine: (any Machine)?

    /// Seconds that it has lived.
    package func age(at moment: Moment) -> Double {
      max(0, moment.sinceBoot - Double(startTime) / Double(ProcessFacts.ticksPerSecond))
    }
  }

  /// A network card, and the interface of the host behind it.
  package struct Card: Hashable, Sendable {
    package var name: String
    package var tap: String

    package init(name: String, tap: String) {
      self.name = name
      self.tap = tap
    }
  }

  /// The serial console.
  package struct Console: Hashable, Sendable {
    /// What came from the guest since the supervisor started.
    package var bytes: UInt64
    /// What readers were too slow for.
    package var dropped: UInt64
  }
}
