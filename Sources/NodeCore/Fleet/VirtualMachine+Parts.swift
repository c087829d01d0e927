package import Failure
package import Hypervisor

extension VirtualMachine {
  /// Whether a hypervisor of this VM runs or is about to.
  package var hasProcess: Bool { run != nil || launching != nil }
  package var machine: (any Machine)? { run?.machine }
  package var agent: GuestAgent? { run?.agent }
  package var console: ConsoleHub? { run?.console }

  package func notRunning(_ operation: String) -> Failure {
    Failure(
      .state, part: .state, operation: operation, object: name, cause: "it is \(life.state.rawValue)",
      remedy: "start it: vmsupervisor start \(name)")
  }
}
