import Failure
package import Hypervisor
import Linux

/// One run of a VM: the process and the connections to it. Belongs to the VM's actor.
package final class VMRun {
  package var incarnation: Incarnation
  package let process: any HypervisorProcess
  package var machine: (any Machine)?
  package var agent: GuestAgent?
  /// Counts what the machine was told to do, when it is told and when it has done it: what it says of its guest in between may be
  /// over already.
  var commands = 0
  package var console: ConsoleHub?
  /// Where VNC clients come in; nil for a VM without a screen.
  var listener: ViewerListener?
  /// Where they come in from elsewhere; nil where nobody is to, or no port could be had.
  var entrance: ScreenEntrance?
  /// The forbidden system call that it was ended for.
  var forbiddenCall: String?
  /// What is seen of it on a clock.
  package var watch = RunWatch()
  /// How the guest's checks stand, and who makes them; nil while nobody does.
  var health: HealthWatch?
  /// Errors that hold the guest, by disk or drive, until it goes on.
  var diskErrors: [Device: DiskError] = [:]
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

  init(_ incarnation: Incarnation, _ process: any HypervisorProcess) {
    self.incarnation = incarnation
    self.process = process
    warnings = Warnings(incarnation.knownWeaknesses)
  }

  /// Ends the connections; the process is not ours to end here.
  package func close() {
    let machine = machine
    let agent = agent
    console?.close()
    listener = nil
    entrance = nil
    Task {
      await machine?.close()
      await agent?.close()
    }
  }
}
