package import Access
import GRPCNIOTransportHTTP2Posix
import Linux
import NIOCore
import NIOPosix
import NodeCore

/// How a listener learns who comes.
package enum Entrance: Sendable {
  /// The kernel says which process it is: a Unix socket.
  case local
  /// They show certificates.
  case certified(CertificateGate)
  /// Nobody is asked; all have that role. Only where nobody but this host comes.
  case open(Role)

  /// What gRPC is told of it.
  var tls: HTTP2ServerTransport.ConnectionConfigurator.TLS {
    if case .certified = self { return .configured(requireALPN: true) }
    return .none
  }

  /// By whom a connection is counted.
  func peer(of connection: any Channel) throws -> ConnectionPeer {
    if case .local = self { return .user(try Self.process(at: connection).uid) }
    return .address(Self.network(of: try Self.address(of: connection)))
  }

  /// Who makes the calls of a connection. On its event loop.
  func caller(at connection: any Channel) throws -> PeerHeader.Peer {
    switch self {
    case .local:
      let process = try Self.process(at: connection)
      return .process(uid: process.uid, pid: process.pid)
    case .certified:
      let holder = try connection.pipeline.syncOperations.handler(type: CertificateHolder.self)
      guard let identity = holder.identity else { throw ChannelError.operationUnsupported }
      return .remote(RemoteCaller(role: identity.role, address: try Self.address(of: connection), identity: identity))
    case .open(let role):
      return .remote(RemoteCaller(role: role, address: try Self.address(of: connection), identity: nil))
    }
  }

  private static func process(at connection: any Channel) throws -> PeerCredentials {
    let peer = try connection.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
      try PeerCredentials(of: $0)
    }
    guard let peer else { throw ChannelError.operationUnsupported }
    return peer
  }

  private static func address(of connection: any Channel) throws -> String {
    guard let address = connection.remoteAddress?.ipAddress else { throw ChannelError.operationUnsupported }
    return address
  }

  /// An address of the sixth version without what its owner chooses (RFC 4291, 2.5.4); another one as it is.
  static func network(of address: String) -> String {
    guard let whole = IPv6Address(address) else { return address }
    return IPv6Address(high: whole.high, low: 0).text + "/64"
  }
}
