import Failure
import Hypervisor
import Life
import Linux

/// One run of a VM: the process and the connections to it. Belongs to the VM's actor.
final class Run {
  let incarnation: Incarnation
  let process: RunningProcess
  var monitor: QMPClient?
  var agent: GuestAgent?
  var console: ConsoleHub?
  /// What is weaker than it could be, and what has been lost since.
  var warnings: [String]

  init(_ incarnation: Incarnation, _ process: RunningProcess) {
    self.incarnation = incarnation
    self.process = process
    warnings = incarnation.warnings
  }

  /// Ends the connections; the process is not ours to end here.
  func close() {
    let monitor = monitor
    let agent = agent
    console?.close()
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
    case .ioError, .internalError, .watchdog: self = .broken
    case .paused, .prelaunch, .suspended, .restoreVM, .postmigrate: self = .paused
    default: self = .running
    }
  }
}
