import Failure
package import Hypervisor
package import HypervisorQEMU
import Life
import Linux

/// One run of a VM: the process and the connections to it. Belongs to the VM's actor.
package final class Run {
  package var incarnation: Incarnation
  package let process: RunningProcess
  package var monitor: QMPClient?
  package var agent: GuestAgent?
  package var console: ConsoleHub?
  /// Where VNC clients come in; nil for a VM without a screen.
  var listener: ViewerListener?
  /// The forbidden system call that it was ended for.
  var forbiddenCall: String?
  /// What is seen of it on a clock.
  package var watch = RunWatch()
  /// Errors that hold the guest, by block node, until it goes on.
  var diskErrors: [String: BlockError] = [:]
  /// What is weaker than it could be, and what has been lost since.
  package var warnings: Warnings
  /// Whether its images are being looked at, which takes for ever where a file system does not answer.
  var isLookingAtImages = false
  /// When it was last told that the guest floods us with something, by its kind.
  var floods: [String: ContinuousClock.Instant] = [:]
  /// Bytes of its memory that the guest has; nil while it does not tell.
  package var balloon: UInt64?
  /// Bytes that it was asked to have; nil if nobody has asked since we started.
  package var balloonTarget: UInt64?

  init(_ incarnation: Incarnation, _ process: RunningProcess) {
    self.incarnation = incarnation
    self.process = process
    warnings = Warnings(incarnation.knownWeaknesses)
  }

  /// Ends the connections; the process is not ours to end here.
  package func close() {
    let monitor = monitor
    let agent = agent
    console?.close()
    listener = nil
    Task {
      await monitor?.close()
      await agent?.close()
    }
  }
}

extension GuestCondition {
  /// What the life cycle makes of QEMU's run state.
  init(_ state: RunState) {
    switch state {
    case .shutdown: self = .shutDown
    case .guestPanicked: self = .panicked
    case .ioError: self = .held
    case .internalError, .watchdog: self = .broken
    case .paused, .prelaunch, .suspended, .restoreVM, .postmigrate: self = .paused
    default: self = .running
    }
  }
}
