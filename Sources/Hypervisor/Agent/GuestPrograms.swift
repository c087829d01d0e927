package import Failure
import FoundationEssentials
package import Text

/// What became of a program that was to run in a guest.
package enum GuestProgramOutcome: Hashable, Sendable {
  /// It has ended.
  case ended(GuestProgramResult)
  /// It was not started.
  case notStarted(GuestProgramRefusal)
  /// Its time is up.
  case late(GuestProgramDelay)
}

/// Why a program was not started, in the guest's words.
package struct GuestProgramRefusal: Hashable, Sendable {
  /// What the agent said.
  package var words: String

  /// The status that a shell has for it: 127 if there is no such program, 126 if it cannot be executed, else 1.
  ///
  /// The agent passes on what GLib says (g_spawn_async_with_pipes), which ends with strerror(3) in parentheses.
  package var shellStatus: Int32 {
    if words.contains("(No such file or directory)") || words.contains("(Not a directory)") { return 127 }
    let refused = ["(Permission denied)", "(Exec format error)", "(Is a directory)", "(Text file busy)"]
    return refused.contains { words.contains($0) } ? 126 : 1
  }
}

/// What is known of a program whose time is up.
package enum GuestProgramDelay: Hashable, Sendable {
  /// It still runs, as far as anybody knows.
  case runs(pid: Int64)
  /// It has ended, but something that it started holds its output, and the agent waits for that.
  case outputHeld(pid: Int64)
  /// It was ended with what it had started. What it had written, if that is known.
  case ended(pid: Int64, GuestProgramResult?)
  /// The agent does not answer; the program may have been started.
  case agentSilent

  /// What the program had written when it was ended.
  package var result: GuestProgramResult? { if case .ended(_, let result) = self { result } else { nil } }

  /// What to say of it.
  /// - Parameter given: the time that it had.
  package func failure(_ program: String, _ given: Duration) -> Failure {
    let operation = GuestAgent.runStep
    let time = Quantity.duration(given)
    switch self {
    case .runs(let pid):
      return Failure(
        .timeout, part: .agent, operation: operation, object: program,
        cause: "it had not ended after \(time) and may still run in the guest (pid \(pid))",
        remedy: "give it more time, or end it inside the guest")
    case .ended(let pid, _):
      return Failure(
        .timeout, part: .agent, operation: operation, object: program,
        cause: "it had not ended after \(time), and was ended with what it had started (pid \(pid) in the guest)",
        remedy: "give it more time")
    case .outputHeld(let pid):
      return Failure(
        .timeout, part: .agent, operation: operation, object: program,
        cause:
          "it has ended (pid \(pid) in the guest), but a program that it started still holds its output after \(time): "
          + "the guest's agent gives output and exit status only when that one ends",
        remedy: "send the output of what stays elsewhere: COMMAND >/dev/null 2>&1 &; or give it more time")
    case .agentSilent:
      return Failure(
        .timeout, part: .agent, operation: operation, object: program,
        cause: "the guest's agent has not answered within \(time); whether the program was started is not known",
        remedy: "look at the guest's console; the guest may be busy or frozen")
    }
  }
}

/// A program that is to run in a guest.
package struct GuestProgram: Hashable, Sendable {
  /// The program, looked up in the agent's PATH.
  package var path: String
  package var arguments: [String]
  /// `NAME=value`; empty leaves the agent's own.
  package var environment: [String]
  /// What it reads from standard input.
  package var input: [UInt8]
  /// Whether what it writes is collected.
  package var captures: Bool
  /// Most bytes of each output that are taken; the agent has at most `GuestAgent.outputLimit`.
  package var outputLimit: Int

  /// Makes one.
  package init(
    _ path: String, arguments: [String] = [], environment: [String] = [], input: [UInt8] = [], captures: Bool = true,
    outputLimit: Int = GuestAgent.outputLimit
  ) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
    self.input = input
    self.captures = captures
    self.outputLimit = outputLimit
  }

  /// The request that starts it.
  /// - Throws: `.invalid` for what the agent cannot carry.
  package func message() throws(Failure) -> JSON {
    func refuse(_ object: String, _ cause: String, _ remedy: String) -> Failure {
      Failure(.invalid, part: .agent, operation: GuestAgent.runStep, object: object, cause: cause, remedy: remedy)
    }
    guard !path.isEmpty else { throw refuse("command", "it is empty", "name the program") }
    guard input.count <= GuestInput.most else {
      throw refuse(
        path,
        "standard input has \(input.count) bytes, \(GuestInput.most) are the most that go to a guest's program",
        "give the data to the guest on a disk or over the network")
    }
    for (index, text) in ([path] + arguments).enumerated() where text.utf8.contains(0) {
      throw refuse("argument \(index)", "it has a NUL byte, which ends an argument", "pass the bytes by standard input")
    }
    for entry in environment {
      let name = entry.prefix { $0 != "=" }
      if entry.utf8.contains(0) || name.isEmpty || name.count == entry.count {
        throw refuse("environment", "`\(name)` is no name with a value without NUL", "write NAME=value")
      }
    }
    var message: [String: JSON] = [
      "path": .string(path), "arg": .array(arguments.map(JSON.string)), "capture-output": .bool(captures),
    ]
    if !environment.isEmpty { message["env"] = .array(environment.map(JSON.string)) }
    if !input.isEmpty { message["input-data"] = .string(Data(input).base64EncodedString()) }
    return .object(message)
  }
}
