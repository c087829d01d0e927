package import Failure

/// Where and as whom a program of a guest runs, which its agent does not know: the guest's `sh` and `su` do that. What a caller
/// says becomes arguments of these, never text of a script.
package struct GuestProgramPlace: Hashable, Sendable {
  /// The working directory; empty: the agent's.
  package var folder: String
  /// The user's name in the guest; empty: the agent's, which is root.
  package var user: String

  /// Makes one.
  package init(folder: String = "", user: String = "") {
    self.folder = folder
    self.user = user
  }

  package var isPlain: Bool { folder.isEmpty && user.isEmpty }

  /// Looks for everything that is needed; its statuses are none that a shell has by itself.
  private static let looking = """
    [ -z "$1" ] || cd -- "$1" 2>/dev/null || exit 91
    [ -z "$2" ] || command -v su >/dev/null || exit 92
    [ -z "$2" ] || id -u -- "$2" >/dev/null 2>&1 || exit 93
    command -v -- "$3" >/dev/null || exit 94
    """

  /// `sh -c going sh FOLDER PROGRAM ARGUMENT…`
  private static let going = #"cd -- "$1" || exit 126; shift; exec "$@""#
  /// `su -s /bin/sh -c becoming -- USER PROGRAM ARGUMENT…`: the shell has the words behind the user from `$0` on.
  private static let becoming = #"exec "$0" "$@""#

  /// The same program, there and as that user.
  func wrap(_ program: GuestProgram) -> GuestProgram {
    var words = [program.path] + program.arguments
    if !user.isEmpty { words = ["su", "-s", "/bin/sh", "-c", Self.becoming, "--", user] + words }
    if !folder.isEmpty { words = ["sh", "-c", Self.going, "sh", folder] + words }
    var wrapped = program
    wrapped.path = words[0]
    wrapped.arguments = Array(words.dropFirst())
    return wrapped
  }

  /// The program that says whether this can be.
  func look(for program: GuestProgram) throws(Failure) -> GuestProgram {
    for (field, text) in [("working_directory", folder), ("user", user)] where text.utf8.contains(0) {
      throw Self.refuse(.invalid, field, "it has a NUL byte", "name it as the guest does")
    }
    return GuestProgram("sh", arguments: ["-c", Self.looking, "sh", folder, user, program.path], captures: false)
  }

  /// What keeps it from running.
  func refusal(_ status: Int32) -> GuestProgramRefusal? {
    status == 94 ? GuestProgramRefusal(words: "the guest has no such program (No such file or directory)") : nil
  }

  /// - Throws: what the guest lacks.
  func check(_ status: Int32) throws(Failure) {
    switch status {
    case 91:
      throw Self.refuse(
        .state, "working_directory", "the guest has no directory \(folder)", "name a directory that is there")
    case 92:
      throw Self.refuse(.state, "user", "the guest has no su", "leave the user out: the program runs as root then")
    case 93: throw Self.refuse(.state, "user", "the guest has no user \(user)", "name one of the guest's users")
    default: return
    }
  }

  static func refuse(_ code: Failure.Code, _ field: String, _ cause: String, _ remedy: String) -> Failure {
    Failure(code, part: .agent, operation: GuestAgent.runStep, object: field, cause: cause, remedy: remedy)
  }
}

extension GuestAgent {
  /// The same as `run`, somewhere and as somebody.
  package func run(
    _ program: GuestProgram, at place: GuestProgramPlace, timeout: Duration? = nil,
    isHeld: @Sendable () async -> Void = {}
  ) async throws(Failure) -> GuestProgramOutcome {
    if let refusal = try await look(program, place) { return .notStarted(refusal) }
    return try await runToEnd(place.wrap(program), timeout: timeout, isHeld: isHeld)
  }

  /// The same for a program whose end nobody waits for.
  package func start(_ program: GuestProgram, at place: GuestProgramPlace) async throws(Failure) {
    if let refusal = try await look(program, place) {
      throw Failure(
        .system, part: .agent, operation: Self.runStep, object: program.path, cause: refusal.words,
        remedy: "name a program that is there and may be executed in the guest")
    }
    _ = try await start(place.wrap(program))
  }

  /// - Returns: that there is no such program.
  private func look(
    _ program: GuestProgram, _ place: GuestProgramPlace
  ) async throws(Failure) -> GuestProgramRefusal? {
    guard !place.isPlain else { return nil }
    _ = try program.message()
    switch try await run(place.look(for: program), timeout: .seconds(20)) {
    case .ended(let result):
      try place.check(result.shellStatus)
      return place.refusal(result.shellStatus)
    case .notStarted(let refusal):
      throw GuestProgramPlace.refuse(
        .state, place.folder.isEmpty ? "user" : "working_directory",
        "the guest has no sh that its agent may run: \(refusal.words)", "leave it out")
    case .late(let delay): throw delay.failure("sh", .seconds(20))
    }
  }
}
