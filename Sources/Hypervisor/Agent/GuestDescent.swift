package import Failure

/// Guests that go down later, or with words for those who are logged in: the agent does neither, the guest's own programs do.
enum GuestDescent {
  static let operation = "shut guest down"
  /// The longest delay.
  static let mostSeconds: UInt32 = 86400

  /// Standard input, because `wall` takes an argument for a file's name where there is such a file.
  static let telling = """
    command -v wall >/dev/null || exit 92
    printf '%s\\n' "$1" | wall >/dev/null 2>&1
    """

  /// The same program by which the agent does it.
  static let waiting = """
    command -v sleep >/dev/null && command -v shutdown >/dev/null || exit 92
    seconds=$1
    shift
    { sleep "$seconds"; shutdown "$@" +0; } </dev/null >/dev/null 2>&1 &
    """
}

extension GuestAgent {
  /// Powers the guest off or starts it again.
  /// - Parameters:
  ///   - seconds: when; a process in the guest waits for that.
  ///   - message: what those who are logged in are told at once; empty: nothing.
  /// - Throws: `.state` for what the guest has no programs for; then nothing has happened.
  package func shutdown(
    _ mode: GuestShutdownMode, after seconds: UInt32, message: String
  ) async throws(Failure) {
    guard seconds <= GuestDescent.mostSeconds else {
      throw Failure(
        .invalid, part: .agent, operation: GuestDescent.operation, object: "delay_seconds",
        cause: "\(seconds) is more than \(GuestDescent.mostSeconds)", remedy: "say at most a day")
    }
    if !message.isEmpty {
      try await does(
        GuestDescent.telling, [message], "message",
        "the guest has no wall, by which those who are logged in are told", "leave the message out")
    }
    guard seconds > 0 else { return try await shutdown(mode) }
    let words = mode == .reboot ? ["-r"] : ["-h", "-P"]
    try await does(
      GuestDescent.waiting, ["\(seconds)"] + words, "delay_seconds",
      "the guest has no sh, sleep and shutdown that its agent may run", "leave the delay out")
  }

  private func does(
    _ script: String, _ words: [String], _ field: String, _ cause: String, _ remedy: String
  ) async throws(Failure) {
    let program = GuestProgram("sh", arguments: ["-c", script, "sh"] + words, captures: false)
    let isDone: Bool
    do throws(Failure) {
      switch try await run(program, timeout: .seconds(20)) {
      case .ended(let result): isDone = result.shellStatus == 0
      case .notStarted: isDone = false
      case .late(let delay): throw delay.failure("sh", .seconds(20))
      }
    } catch {
      guard error.code == .unsupported else { throw error }
      isDone = false
    }
    guard isDone else {
      throw Failure(
        .state, part: .agent, operation: GuestDescent.operation, object: field, cause: cause, remedy: remedy)
    }
  }
}
