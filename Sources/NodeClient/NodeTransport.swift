import Certificates
import Failure
import FoundationEssentials
package import GRPCNIOTransportHTTP2Posix
import Linux
import NIOSSL
import Synchronization

/// HTTP/2 to a node, over a Unix socket or TCP.
package typealias NodeTransport = HTTP2ClientTransport.Posix

/// Why a node that was reached is not spoken to: the transport has no words for it.
final class Distrust: Sendable {
  private let state = Mutex<Failure?>(nil)
  var failure: Failure? { state.withLock { $0 } }
  func note(_ failure: Failure) { state.withLock { $0 = failure } }
  /// The node is trusted after all.
  func clear() { state.withLock { $0 = nil } }
}

extension NodeAddress {
  /// A transport that connects when it is used.
  /// - Parameters:
  ///   - distrust: told what is wrong with the node's certificate.
  ///   - isKept: it is not closed when nobody has asked anything for long, and tries again soon when it breaks.
  /// - Throws: `.invalid` if what it is to show or to go by is nothing of the kind.
  func transport(_ distrust: Distrust, isKept: Bool = false) throws -> NodeTransport {
    let config = NodeTransport.Config.defaults { config in
      guard isKept else { return }
      config.connection.maxIdleTime = nil
      config.connection.keepalive = .init(time: .seconds(30), timeout: .seconds(10), allowWithoutCalls: true)
      config.backoff = .init(initial: .milliseconds(250), max: .seconds(5), multiplier: 1.6, jitter: 0.2)
    }
    switch self {
    case .socket(let path):
      return try NodeTransport(target: .unixDomainSocket(path: path), transportSecurity: .plaintext, config: config)
    case .network(let node):
      let security = try node.security(distrust)
      let (host, port) = (node.address.host, Int(node.address.port))
      if IPv4.parse(host) != nil {
        return try NodeTransport(target: .ipv4(address: host, port: port), transportSecurity: security, config: config)
      }
      if host.contains(":") {
        return try NodeTransport(target: .ipv6(address: host, port: port), transportSecurity: security, config: config)
      }
      return try NodeTransport(target: .dns(host: host, port: port), transportSecurity: security, config: config)
    }
  }
}

extension RemoteNode {
  fileprivate func security(_ distrust: Distrust) throws -> NodeTransport.TransportSecurity {
    guard let credentials else { return .plaintext }
    let trust = try Trust(authorities: credentials.authorities, revoked: credentials.revoked)
    let (name, place) = (serverName, "\(address)")
    return .mTLS(
      certificateChain: [.bytes(Array(credentials.certificate.utf8), format: .pem)],
      privateKey: .bytes(Array(credentials.key.utf8), format: .pem)
    ) { config in
      config.trustRoots = .certificates([.bytes(Array(credentials.authorities.utf8), format: .pem)])
      config.customVerificationCallback = { certificates, promise in
        let chain = certificates.map { (try? $0.toDERBytes()) ?? [] }
        promise.completeWithTask {
          do throws(Failure) {
            try await trust.server(chain, host: name, now: Date())
            return .certificateVerified(.init(nil))
          } catch {
            var failure = error
            (failure.operation, failure.object) = ("trust the node at", place)
            distrust.note(failure)
            return .failed
          }
        }
      }
    }
  }
}
