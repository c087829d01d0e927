package import Dispatch
import Glibc
import Linux
import Synchronization
import Text

/// Names of users. Whoever is asked for them (a directory server, perhaps) may take long: then there is no name this time.
package final class UserNames: Sendable {
  private struct Known {
    var name: String?
    /// Milliseconds of the clock.
    var since: Int64
  }

  private let known = Mutex<[UInt32: Known]>([:])
  private let queue = DispatchQueue(label: "procurator.names")
  private let lookUp: @Sendable (UInt32) -> String?

  /// How long a caller waits for a name.
  package static let timeout = DispatchTimeInterval.milliseconds(200)
  /// How long a name counts, in milliseconds.
  private static let lifetime: Int64 = 60_000
  /// Names that are kept; members of a few groups are fewer.
  private static let most = 1024

  /// - Parameter lookUp: asks for a name; blocks.
  package init(_ lookUp: @escaping @Sendable (UInt32) -> String? = UserNames.ask) { self.lookUp = lookUp }

  /// The name of a user; nil if there is none, or if nobody has said it in time.
  package func name(of uid: UInt32) async -> String? {
    let now = Clock.now()
    if let entry = known.withLock({ $0[uid] }), now - entry.since < Self.lifetime { return entry.name }
    return await withCheckedContinuation { continuation in
      let waiting = Waiting(continuation)
      queue.async { [self] in
        // Of many who ask at once the first has it looked up.
        let entry = known.withLock { $0[uid] }
        if let entry, Clock.now() - entry.since < Self.lifetime { return waiting.resume(entry.name) }
        let name = lookUp(uid)
        known.withLock { known in
          if known.count >= Self.most { known = [:] }
          known[uid] = Known(name: name, since: Clock.now())
        }
        waiting.resume(name)
      }
      DispatchQueue.global().asyncAfter(deadline: .now() + Self.timeout) { waiting.resume(nil) }
    }
  }

  /// The first answer counts.
  private final class Waiting: Sendable {
    private let continuation: Mutex<CheckedContinuation<String?, Never>?>
    init(_ continuation: CheckedContinuation<String?, Never>) { self.continuation = Mutex(continuation) }
    func resume(_ name: String?) {
      let first = continuation.withLock { continuation in
        defer { continuation = nil }
        return continuation
      }
      first?.resume(returning: name)
    }
  }

  /// What the user database says (getpwuid_r(3)).
  @Sendable package static func ask(_ uid: UInt32) -> String? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    // Room for one entry; longer ones are refused with ERANGE, and have no name here.
    var room = [CChar](repeating: 0, count: 16384)
    guard getpwuid_r(uid, &entry, &room, room.count, &found) == 0, found != nil, let name = entry.pw_name else {
      return nil
    }
    let text = HarmlessText.line(String(cString: name))
    return text.isEmpty ? nil : text
  }
}
