package import Logging

/// Whose doing something is.
package enum Author: Hashable, Sendable {
  /// Somebody at one of the sockets.
  case caller(Caller)
  /// What runs in the VM.
  case guest
  /// The supervisor by itself: timers, policies, what it finds.
  case supervisor

  /// Of what is being done now, on behalf of whom the task runs.
  @TaskLocal package static var current: Author = .supervisor

  /// A word for events: `alice(1000)`, `uid 1000`, `guest`, `supervisor`.
  package var word: String {
    switch self {
    case .caller(let caller): caller.word
    case .guest: "guest"
    case .supervisor: "supervisor"
    }
  }

  /// The same for an event.
  var actor: EventActor {
    switch self {
    case .caller(let caller): .caller(caller.word)
    case .guest: .guest
    case .supervisor: .supervisor
    }
  }

  /// Behind a remark in a VM's history; nothing for what the supervisor does by itself.
  var phrase: String {
    guard case .caller(let caller) = self else { return "" }
    return " by \(caller.words)"
  }

  /// Fields for the journal.
  package var metadata: Logger.Metadata {
    guard case .caller(let caller) = self else { return ["ACTOR": "\(word)"] }
    return [
      "ACTOR": "\(word)", "ACTOR_UID": "\(caller.uid)", "ACTOR_PID": "\(caller.pid)",
      "ACTOR_SOCKET": "\(caller.socket.rawValue)",
    ]
  }
}

/// A process at one of the sockets, as the kernel knew it when it connected.
package struct Caller: Codable, Hashable, Sendable {
  /// Which socket.
  package enum Socket: String, Codable, Sendable {
    /// The one that everything can be asked at.
    case operators
    /// The one for looking only.
    case readers
  }

  package var uid: UInt32
  /// Name of the user; nil if there is none, or it could not be learned in time.
  package var user: String?
  /// 0 for a process that this one cannot see.
  package var pid: Int32
  package var socket: Socket

  package init(uid: UInt32, user: String? = nil, pid: Int32, socket: Socket) {
    self.uid = uid
    self.user = user
    self.pid = pid
    self.socket = socket
  }

  /// `alice(1000)`, or `uid 1000`.
  package var word: String { user.map { "\($0)(\(uid))" } ?? "uid \(uid)" }

  /// `alice (uid 1000, pid 4711)`.
  package var words: String {
    let numbers = "uid \(uid)" + (pid > 0 ? ", pid \(pid)" : "")
    return user.map { "\($0) (\(numbers))" } ?? numbers
  }
}
