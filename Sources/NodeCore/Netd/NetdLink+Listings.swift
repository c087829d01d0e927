package import Failure
import Glibc
package import IPC
import IPCPeer

/// What netd can be asked about itself.
extension NetdLink {
  /// All ports of this user.
  package func ports() async throws(Failure) -> [Ports.Entry] {
    try await ask { state throws(Failure) in
      try Ports.all { page throws(Failure) in try state.call(page).body }
    }
  }

  /// All forwards of this user.
  package func forwards() async throws(Failure) -> [Forwards.Entry] {
    try await ask { state throws(Failure) in
      try Forwards.all { page throws(Failure) in try state.call(page).body }
    }
  }

  /// netd's comparison with the kernel, all pages in one, with what only those can know whose VMs run.
  /// - Parameter fix: whether interfaces that belong to nobody are removed.
  package func audit(fix: Bool = false) async throws(Failure) -> Audit.Reply {
    try await ask { state throws(Failure) in
      var whole = try Audit.all(fix: fix) { page throws(Failure) in try state.call(page).body }
      whole = whole.completed(try state.call(Counters()).body)
      whole.findings = state.missing.completing(whole.findings, uid: getuid(), now: .now)
      return whole
    }
  }

  /// Name and version of the netd that answers.
  package func version() async throws(Failure) -> String {
    try await ask { state throws(Failure) in state.server }
  }

  /// Numbers for monitoring.
  package func counters() async throws(Failure) -> Counters.Reply {
    try await ask { state throws(Failure) in try state.call(Counters()).body }
  }

  /// How long its answers took, by the question.
  package func times() async -> [Verb: RequestTimes] {
    await queue.run { [self] in state.withLock { $0.times } }
  }

  /// What netd has put right, all pages in one.
  /// - Parameter after: Number of the last entry that is known.
  package func mended(after: UInt64) async throws(Failure) -> Notifications.Reply {
    try await ask { state throws(Failure) in
      var whole = try state.call(Notifications(after: after)).body
      while whole.more, let last = whole.entries.last {
        let page = try state.call(Notifications(after: last.number)).body
        whole.entries += page.entries
        (whole.last, whole.more) = (page.last, page.more && !page.entries.isEmpty)
      }
      return whole
    }
  }
}
