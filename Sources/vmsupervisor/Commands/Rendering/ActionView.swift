/// The result of a command that changes VMs: what became of each, in the order they were named.
struct ActionView: Encodable, Sendable {
  var schema = Document.schema
  var results: [Outcome]

  /// What became of one VM.
  struct Outcome: Encodable, Hashable, Sendable {
    /// As the user named it.
    var vm: String
    /// What is true of it now: `started`, `deleted`. Absent after a failure.
    var done: String?
    /// Why it failed.
    var failure: FailureView?
  }

  /// `NAME: done`, one line per VM that it worked for.
  func text() -> String {
    results.compactMap { outcome in outcome.done.map { "\(HarmlessText.line(outcome.vm)): \($0)\n" } }.joined()
  }

  /// The names of the VMs that it worked for.
  func names() -> String { results.filter { $0.done != nil }.map { "\($0.vm)\n" }.joined() }
}
