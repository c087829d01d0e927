import Linux

/// A connection of a supervisor.
final class Client {
  let socket: Descriptor
  /// Who it is, as the kernel says; taken once, when it was accepted.
  let peer: PeerCredentials
  /// Tells it from all others of this run.
  let number: Int
  /// What it calls itself, for the log.
  var name = ""
  /// Whether a version is agreed on.
  var hasGreeted = false
  /// When it must have greeted at the latest.
  let greetBy: Int64
  /// Nothing is read from it before: its user asks too often.
  var pausedUntil: Int64 = 0
  /// Whether it has said a name or domains.
  var hasSaid = false
  /// When it was last heard.
  var heardAt: Int64
  /// Set when the connection is to be closed.
  var isDone = false

  init(_ socket: consuming Descriptor, _ peer: PeerCredentials, number: Int, now: Int64) {
    self.socket = socket
    self.peer = peer
    self.number = number
    greetBy = now + 10_000
    heardAt = now
  }

  var text: String { "\(name.isEmpty ? "client" : name) (uid \(peer.uid), pid \(peer.pid))" }
}
