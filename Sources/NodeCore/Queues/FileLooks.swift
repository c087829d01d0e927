package import Failure
import Linux
import Synchronization

/// Looks at files that documents name, for whoever asks how a VM is. A file system whose server is away holds the thread
/// that asks it, for ever perhaps. So each look has a thread of its own and nobody waits for one longer than a while; of a
/// VM whose look has not come back nothing is asked again, and only so many can hang.
package final class FileLooks: Sendable {
  /// How long a look is waited for.
  package static let timeout: Duration = .seconds(3)
  /// Looks that nobody waits for any more, over all VMs; each has a thread.
  static let mostLate = 32
  /// Looks that are waited for, over all VMs. Each leaves its place after `timeout` at the latest.
  private let gate = StartGate(limit: 16)
  private let late = Mutex<[ObjectIdentifier: Look]>([:])

  /// One look.
  package final class Look: Sendable {
    package let owner: String
    fileprivate let state = Mutex((path: "", isDone: false))

    fileprivate init(_ owner: String) { self.owner = owner }

    /// What is looked at now.
    package var path: String { state.withLock { $0.path } }

    /// Says what is looked at from now on.
    package func enter(_ path: String) { state.withLock { $0.path = path } }
  }

  /// Looks.
  /// - Parameters:
  ///   - owner: the VM that it is for, or who else.
  ///   - body: says each path before it touches it.
  /// - Returns: what was not looked at in time, and why, if it was not done.
  package func look<R: Sendable>(
    for owner: String, within timeout: Duration = timeout, _ body: @escaping @Sendable (Look) -> R
  ) async -> Result<R, Failure> {
    await gate.enter()
    let result = await enter(owner, timeout, body)
    await gate.leave()
    return result
  }

  private func enter<R: Sendable>(
    _ owner: String, _ timeout: Duration, _ body: @escaping @Sendable (Look) -> R
  ) async -> Result<R, Failure> {
    let refusal: Failure? = late.withLock { late in
      if let earlier = late.values.first(where: { $0.owner == owner }) {
        return Self.silence(earlier.path, "does not answer: an earlier look still waits for it")
      }
      return late.count < Self.mostLate
        ? nil : Self.silence("", "is not asked: looks at the files of \(late.count) others hang")
    }
    if let refusal { return .failure(refusal) }
    let look = Look(owner)
    let found = await BlockingQueue("look").run(within: timeout, always: true) { [self] in
      let found = body(look)
      look.state.withLock { $0.isDone = true }
      late.withLock { $0[ObjectIdentifier(look)] = nil }
      return found
    }
    if let found { return .success(found) }
    late.withLock { late in
      // It may have come back just now.
      if look.state.withLock({ !$0.isDone }) { late[ObjectIdentifier(look)] = look }
    }
    return .failure(Self.silence(look.path, "has not answered for \(timeout.components.seconds) s"))
  }

  private static func silence(_ path: String, _ how: String) -> Failure {
    Failure(
      .timeout, operation: "look at its files", object: path,
      cause: "the file system there \(how); this file and those after it were not looked at",
      remedy:
        "see in /proc/mounts what it is mounted from and whether that is there, and in the host's kernel log; until "
        + "then a start hangs as well")
  }
}
