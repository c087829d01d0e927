import Failure
import GRPCCore
import GRPCProtobuf
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

extension NodeAddress {
  /// What a call that failed on its way over the network means to the reader; nil if it did not.
  func failure(of error: RPCError) -> Failure? {
    guard case .network(let node) = self, error.code == .unavailable, !error.isOfTheNode else { return nil }
    var failure = Failure(
      .unavailable, operation: "reach the supervisor at", object: "\(node.address)", cause: error.message)
    let causes = Self.causes(of: error)
    let number = causes.lazy.compactMap { ($0 as? IOError)?.errnoCode }.first
    failure.errno = number ?? 0
    switch number {
    case ECONNREFUSED:
      failure.cause = "nobody listens there"
      failure.remedy =
        "see on that host: vmsupervisor doctor; without certificates in /etc/procurator/tls it does not listen"
    case ECONNRESET, EPIPE:
      failure.cause = "the connection was cut"
      failure.remedy = "try again; the node's log says who was turned away and why: journalctl -u vmsupervisor"
    case .some(let number):
      failure.cause = String(cString: strerror(number))
      failure.remedy = "see to the way there: is the address right, and does a firewall let TCP to it through?"
    case nil: describe(&failure, causes, node)
    }
    return failure
  }

  private func describe(_ failure: inout Failure, _ causes: [any Error], _ node: RemoteNode) {
    if causes.contains(where: { if case .some(.connectTimeout) = $0 as? ChannelError { true } else { false } }) {
      failure.cause = "nobody answers there"
      failure.remedy = "see to the way there: is the address right, and does a firewall let TCP to it through?"
      return
    }
    let words = causes.map { "\($0)" }.joined(separator: "; ")
    if words.contains("WRONG_VERSION_NUMBER") || words.contains("UNEXPECTED_MESSAGE") {
      failure.cause = "what listens there does not speak TLS"
      failure.remedy =
        "see whether that is the node's address; one without TLS is reached with Plaintext=yes, on its own host"
    } else if words.contains("ALERT") || causes.contains(where: { $0 is NIOSSLError || $0 is BoringSSLError }) {
      failure.code = .denied
      failure.cause = "the node does not take this certificate: \(words)"
      failure.remedy =
        "see what it is: vmsupervisor tls show FILE; the node's log says why: journalctl -u vmsupervisor"
    } else {
      failure.cause = "the connection was lost: \(failure.cause)"
      failure.remedy =
        node.credentials == nil
        ? "try again; a node that has certificates needs one" : "try again; the node's log says who was turned away"
    }
  }

  /// An error, and those that led to it.
  private static func causes(of error: RPCError) -> [any Error] {
    var causes: [any Error] = []
    var next: (any Error)? = error.cause
    while let cause = next, causes.count < 16 {
      causes.append(cause)
      switch cause {
      case let error as RPCError: next = error.cause
      case let error as RuntimeError: next = error.cause
      case let error as NIOConnectionError: next = error.connectionErrors.first?.error
      default: next = nil
      }
    }
    return causes
  }
}
