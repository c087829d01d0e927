import IPC
import Linux
import NetworkPlan

/// One connection.
final class Client {
  let socket: Descriptor
  /// Who it is, as the kernel says; taken once, when it was accepted.
  let peer: PeerCredentials
  /// Where it stands in the protocol.
  var phase = Phase.new
  /// What it may have; nil for nothing.
  let grant: Access.Grant?
  /// What it calls itself, for the log.
  var name = ""
  /// The request for news that waits for an answer.
  var watch: (id: UInt32, generation: UInt64)?
  /// Whether it has asked for news of names: it is a netdns.
  var isNaming = false
  /// When it last asked for something.
  var heardAt: Int64
  /// When it must have greeted at the latest.
  let greetBy: Int64
  /// Set when the connection is to be closed after the present answer.
  var isDone = false

  init(_ socket: consuming Descriptor, _ peer: PeerCredentials, _ grant: Access.Grant?, now: Int64) {
    self.socket = socket
    self.peer = peer
    self.grant = grant
    heardAt = now
    greetBy = now + 10_000
  }

  var text: String { "\(name.isEmpty ? "client" : name) (uid \(peer.uid), pid \(peer.pid))" }
}
