package import Failure

/// A process in the guest that thaws file systems when nobody has done so in time: it needs neither supervisor nor host, nor
/// the agent that has started it. Linux guests with `sh`, `sleep` and `fsfreeze` can have one.
///
/// It is a shell that waits already when the file systems are frozen. Starting `fsfreeze` then only reads, which a frozen
/// file system permits.
package enum ThawTimer {
  /// The name by which it is found in the guest's process table.
  package static let name = "procurator-thaw"

  /// Arguments: seconds, `yes` for the scripts too, and where the file systems are mounted. They are arguments throughout: no
  /// word of a guest becomes part of a script.
  private static let arming = """
    command -v fsfreeze >/dev/null && command -v sleep >/dev/null || exit 3
    seconds=$1 scripts=$2
    shift 2
    {
      sleep "$seconds" &
      nap=$!
      trap 'kill $nap; exit 0' TERM
      wait $nap
      trap '' TERM
      for mount; do fsfreeze -u "$mount"; done
      [ "$scripts" != yes ] || {
        \(FreezeScripts.running)
        run_scripts thaw
      }
    } </dev/null >/dev/null 2>&1 &
    echo $!
    """

  /// Only the one that is meant: numbers of processes come again.
  private static let disarming = """
    grep -q \(name) "/proc/$1/cmdline" && kill "$1"
    """

  /// Starts it.
  /// - Returns: its number in the guest; nil if the guest has not what it needs.
  /// - Throws: what the agent says, or that it does not answer.
  static func arm(
    _ agent: GuestAgent, _ mounts: [String], after seconds: Int64, scripts: Bool
  ) async throws(Failure) -> Int64? {
    let program = GuestProgram(
      "sh", arguments: ["-c", arming, name, "\(seconds)", scripts ? "yes" : "no"] + mounts, outputLimit: 4096)
    let outcome: GuestProgramOutcome
    do throws(Failure) { outcome = try await agent.run(program, timeout: .seconds(20)) } catch {
      // An agent that may not run programs.
      if error.code == .unsupported { return nil }
      throw error
    }
    switch outcome {
    case .ended(let result):
      guard result.shellStatus == 0 else { return nil }
      // Digits and a line end.
      return Int64(String(decoding: result.output, as: UTF8.self).filter { !$0.isWhitespace })
    case .notStarted: return nil
    case .late(let delay): throw delay.failure("sh", .seconds(20))
    }
  }

  /// Ends it. One that has ended already is no failure.
  static func disarm(_ agent: GuestAgent, _ pid: Int64) async throws(Failure) {
    let program = GuestProgram("sh", arguments: ["-c", disarming, "sh", "\(pid)"], outputLimit: 4096)
    _ = try await agent.run(program, timeout: .seconds(10))
  }
}

extension GuestAgent {
  /// Has the guest thaw file systems by itself when that time is up, whatever becomes of us.
  /// - Parameter scripts: whether it runs the scripts for after a thaw then.
  /// - Returns: the number of the timer's process in the guest; nil if the guest cannot have one.
  package func armThaw(_ mounts: [String], after seconds: Int64, scripts: Bool) async throws(Failure) -> Int64? {
    try await ThawTimer.arm(self, mounts, after: seconds, scripts: scripts)
  }

  /// Takes that back.
  package func disarmThaw(_ pid: Int64) async throws(Failure) { try await ThawTimer.disarm(self, pid) }
}
