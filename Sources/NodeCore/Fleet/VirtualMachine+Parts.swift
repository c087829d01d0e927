package import Failure
package import Hypervisor

extension VirtualMachine {
  /// Whether a hypervisor of this VM runs or is about to.
  package var hasProcess: Bool { run != nil || launching != nil }
  package var machine: (any Machine)? { run?.machine }
  package var agent: GuestAgent? { run?.agent }
  package var console: ConsoleHub? { run?.console }

  package var summary: VMSummary { view.summary }
  package var hadAgent: Bool { state.hadAgent }
  package var hasGivenUp: Bool { view.hasGivenUp }

  package func notRunning(_ operation: String) -> Failure { state.notRunning(operation) }
}
