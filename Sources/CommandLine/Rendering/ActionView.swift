import Text

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
    /// That the guest did not obey, and what was done to it then. Absent if it did, or was not asked.
    var cut: FailureView?
    /// Why it failed.
    var failure: FailureView?
  }

  /// `NAME: done`, one line per VM that it worked for.
  func text() -> String {
    results.compactMap { outcome in
      outcome.done.map { done in
        let cut = outcome.cut.map { ", but not by itself: \(HarmlessText.line($0.cause))" } ?? ""
        return "\(HarmlessText.line(outcome.vm)): \(done)\(cut)\n"
      }
    }.joined()
  }

  /// The names of the VMs that it worked for.
  func names() -> String { results.filter { $0.done != nil }.map { "\($0.vm)\n" }.joined() }
}
