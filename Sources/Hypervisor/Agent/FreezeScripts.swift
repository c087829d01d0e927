package import Failure
import Text

/// Programs of a guest that prepare what runs in it for a freeze, and wake it up again: those in the folder that the hook of
/// QEMU's agent runs in Debian (scripts/qemu-guest-agent/fsfreeze-hook of QEMU), with the same argument, `freeze` or `thaw`,
/// and by the same rules. They are run by us, so that the agent need not have been started with that hook.
package enum FreezeScripts {
  /// Where they are in the guest.
  package static let folder = "/etc/qemu/fsfreeze-hook.d"

  /// A function of the shell, `run_scripts freeze|thaw`: it ends with the first that fails.
  static let running = """
    run_scripts() {
      for script in \(folder)/*; do
        case $script in
          *~ | *.bak | *.orig | *.rpmnew | *.rpmorig | *.rpmsave | *.sample | *.dpkg-old | *.dpkg-new | *.dpkg-tmp | *.dpkg-dist)
            continue ;;
        esac
        [ -f "$script" ] && [ -x "$script" ] || continue
        "$script" "$1" || { echo "$script $1 ended with $?" >&2; return 1; }
      done
    }
    """

  static func run(_ agent: GuestAgent, _ word: String, timeout: Duration) async throws(Failure) {
    let operation = "run scripts before and after a freeze"
    let program = GuestProgram(
      "sh", arguments: ["-c", running + "\nrun_scripts \"$1\"", "sh", word], outputLimit: 64 << 10)
    switch try await agent.run(program, timeout: timeout) {
    case .ended(let result):
      guard result.shellStatus != 0 else { return }
      // The last line says which it was.
      let words = String(decoding: result.errors.suffix(500), as: UTF8.self).split(separator: "\n").last ?? ""
      throw Failure(
        .system, part: .agent, operation: operation, object: folder,
        cause: "a script in the guest failed: \(words)", remedy: "see to the script in the guest")
    case .notStarted(let refusal):
      throw Failure(
        .state, part: .agent, operation: operation, object: folder,
        cause: "the guest has no sh to run them: \(refusal.words)", remedy: "freeze without scripts")
    case .late(let delay):
      var failure = delay.failure(folder, timeout)
      failure.operation = operation
      throw failure
    }
  }
}

extension GuestAgent {
  /// Runs the scripts of the guest for before a freeze.
  package func runFreezeScripts(timeout: Duration) async throws(Failure) {
    try await FreezeScripts.run(self, "freeze", timeout: timeout)
  }

  /// Runs those for after a thaw.
  package func runThawScripts(timeout: Duration) async throws(Failure) {
    try await FreezeScripts.run(self, "thaw", timeout: timeout)
  }
}
