package import Failure

/// Ending a program in a guest with everything that it has started: the agent cannot, but can start what does.
enum GuestProcessTree {
  /// Stops each process before its children are looked for, so that it starts no further ones; then ends it. What has lost its
  /// parent belongs to nobody, and is not found.
  static let ending = """
    end_tree() {
      kill -STOP "$1" 2>/dev/null || return 0
      for stat in /proc/[0-9]*/stat; do
        read -r line 2>/dev/null <"$stat" || continue
        child=${line%% *}
        rest=${line##*) }
        rest=${rest#* }
        [ "${rest%% *}" = "$1" ] && (end_tree "$child")
      done
      kill -KILL "$1"
    }
    [ -r "/proc/$1/stat" ] || exit 1
    end_tree "$1"
    """
}

extension GuestAgent {
  /// The same as `run`, but a program whose time is up is ended with what it has started, where the guest has `sh` and /proc.
  package func runToEnd(
    _ program: GuestProgram, timeout: Duration? = nil, isHeld: @Sendable () async -> Void = {}
  ) async throws(Failure) -> GuestProgramOutcome {
    let outcome = try await run(program, timeout: timeout, isHeld: isHeld)
    guard case .late(.runs(let pid)) = outcome, await endTree(pid) else { return outcome }
    // What it has written until then comes with its end.
    let bounds = program.captures ? AnswerBounds.encoded(program.outputLimit, texts: 2) : .short
    for _ in 0..<20 {
      guard
        let status = try? await request("guest-exec-status", arguments: ["pid": .integer(pid)], bounds: bounds)
      else { break }
      if status["exited"]?.bool == true { return .late(.ended(pid: pid, try? Self.result(status))) }
      try? await Task.sleep(for: .milliseconds(100))
    }
    return .late(.ended(pid: pid, nil))
  }

  /// - Returns: whether it is ended.
  private func endTree(_ pid: Int64) async -> Bool {
    let program = GuestProgram("sh", arguments: ["-c", GuestProcessTree.ending, "sh", "\(pid)"], captures: false)
    guard case .ended(let result)? = try? await run(program, timeout: .seconds(10)) else { return false }
    return result.shellStatus == 0
  }
}
