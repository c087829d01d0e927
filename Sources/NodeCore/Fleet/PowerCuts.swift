package import Failure
import Life

/// Ends that are waited for.
extension VirtualMachine {
  /// That the guest did not do what it was last asked to; nil if it obeyed.
  package var cut: Failure? { life.cut }

  /// Asks the guest to power off, and waits until it has ended.
  /// - Returns: that it did not obey, and what was done then; nil if it did.
  package func powerOff(timeout: Duration) async throws(Failure) -> Failure? {
    try await submit(.stop(timeout: timeout))
    try await ended(within: timeout + Escalation.interval * 2)
    return cut
  }

  /// Waits for the end.
  /// - Throws: `.timeout` if it does not come.
  package func ended(within timeout: Duration) async throws(Failure) {
    guard await waitUntilEnded(timeout: timeout) else {
      throw Failure(
        .timeout, part: .process, operation: "stop", object: name,
        cause: "it has not ended after \(timeout.components.seconds) s",
        remedy: "see vmsupervisor status \(name), and the host's kernel log if SIGKILL does not end the process")
    }
  }
}
