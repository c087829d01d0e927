package import Failure
import Linux

/// That a hypervisor does nothing, and how that is seen.
package enum Stall: Hashable, Sendable {
  /// A signal has stopped it (state T of proc_pid_stat(5)).
  case stopped
  /// A debugger holds it (t).
  case traced
  /// Its monitor has not answered for a while; the letter says what its main thread does.
  case silent(Character)

  /// Seconds without an answer after which it counts as silent. A busy one answers within milliseconds, one whose host
  /// swaps within seconds.
  package static let timeout = 15.0

  /// - Parameters:
  ///   - state: letter of the process.
  ///   - silence: seconds since its monitor last answered, while it is asked.
  package static func of(state: Character, silence: Double) -> Stall? {
    switch state {
    case "T": .stopped
    case "t": .traced
    default: silence >= timeout ? .silent(state) : nil
    }
  }

  /// Why the guest stands still, and what helps.
  package func failure(pid: Int32, name: String) -> Failure {
    let kill = "end it: vmsupervisor kill \(name)"
    let (cause, remedy) =
      switch self {
      case .stopped:
        (
          "its hypervisor (pid \(pid)) was stopped by a signal, so the guest stands still",
          "let it go on: kill -CONT \(pid); or \(kill)"
        )
      case .traced:
        (
          "a debugger holds its hypervisor (pid \(pid)), so the guest stands still",
          "let the debugger go (TracerPid in /proc/\(pid)/status); or \(kill)"
        )
      case .silent("D"):
        (
          "its hypervisor (pid \(pid)) waits for storage of the host and does not answer",
          "see the host's kernel log and the file systems of its images; or \(kill)"
        )
      case .silent(let letter):
        (
          "its hypervisor (pid \(pid), state \(letter)) does not answer",
          "see whether the host has processor time and memory for it; or \(kill)"
        )
      }
    return Failure(.unavailable, part: .process, operation: "run", object: name, cause: cause, remedy: remedy)
  }
}
