package import Failure
package import Hypervisor
package import Life

/// Where a VM stands: its life cycle, and the run that it has now. Its actor moves it, its parts read it. Belongs to the
/// VM's actor.
package final class VMState {
  package let name: String
  package private(set) var life: LifeCycle
  /// Its process and the connections to that; nil while there is none.
  package private(set) var run: VMRun?
  /// Whether it is being deleted, and takes no more requests.
  package private(set) var isRetired = false
  /// Whether a hypervisor of this VM has ever answered.
  package private(set) var hasAnswered = false

  init(_ name: String, _ life: LifeCycle) {
    self.name = name
    self.life = life
  }

  /// The life cycle goes on to there.
  func move(to next: LifeCycle) { life = next }

  /// A run begins.
  func begin(_ run: VMRun) { self.run = run }

  /// The run is over; its connections are ended.
  func end() {
    run?.close()
    run = nil
  }

  /// Its hypervisor has answered.
  func answer() { hasAnswered = true }

  func retire() { isRetired = true }
  func unretire() { isRetired = false }

  /// The connection to the hypervisor; nil while there is none.
  package var machine: (any Machine)? { run?.machine }

  /// That something needs a running VM, and why this one will not do.
  package func notRunning(_ operation: String) -> Failure {
    if life.state == .running || life.state == .paused, machine == nil {
      return Failure(
        .unavailable, part: .process, operation: operation, object: name, cause: "its hypervisor does not answer",
        remedy: "see vmsupervisor status \(name)")
    }
    return Failure(
      .state, part: .state, operation: operation, object: name, cause: "it is \(life.state.rawValue)",
      remedy: life.state == .paused
        ? "resume it: vmsupervisor resume \(name)" : "start it: vmsupervisor start \(name)")
  }

  /// - Throws: `.state` if it cannot be deleted: it has a process, or somebody deletes it already.
  func checkRemoval() throws(Failure) {
    guard life.state.hasProcess || isRetired else { return }
    throw Failure(
      .state, part: .state, operation: "delete", object: name,
      cause: isRetired ? "it is being deleted already" : "it is \(life.state.rawValue)",
      remedy: "stop it first, or use --force")
  }
}
