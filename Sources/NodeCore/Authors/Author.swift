package import Access
package import Logging

/// Whose doing something is.
package enum Author: Hashable, Sendable {
  /// Somebody who has called.
  case caller(Caller)
  /// What runs in the VM.
  case guest
  /// The supervisor by itself: timers, policies, what it finds.
  case supervisor

  /// Of what is being done now, on behalf of whom the task runs.
  @TaskLocal package static var current: Author = .supervisor

  /// What may be done for it.
  package var role: Role {
    switch self {
    case .caller(let caller): caller.role
    case .guest: .readOnly
    case .supervisor: .operator
    }
  }

  /// A word for events: `alice(1000)`, `uid 1000`, `ci[operator]`, `guest`, `supervisor`.
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
  package var phrase: String {
    guard case .caller(let caller) = self else { return "" }
    return " by \(caller.words)"
  }

  /// Fields for the journal.
  package var metadata: Logger.Metadata {
    var fields: Logger.Metadata = ["ACTOR": "\(word)"]
    switch self {
    case .caller(.process(let process)):
      fields["ACTOR_UID"] = "\(process.uid)"
      fields["ACTOR_PID"] = "\(process.pid)"
      fields["ACTOR_SOCKET"] = "\(process.socket.rawValue)"
    case .caller(.remote(let remote)):
      fields["ACTOR_ROLE"] = "\(remote.role.rawValue)"
      fields["ACTOR_ADDRESS"] = "\(remote.address)"
      if let identity = remote.identity { fields["ACTOR_CERTIFICATE"] = "\(identity.serial)" }
    case .guest, .supervisor: break
    }
    return fields
  }
}
