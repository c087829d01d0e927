import Access
import Certificates
package import Failure
import FoundationEssentials
import NIOCore
import NIOSSL
import Synchronization

/// Lets in whoever shows a certificate that the node's authorities have made and not revoked. What it goes by can be changed
/// while connections are there: those whose certificates no longer hold are closed.
package final class CertificateGate: Sendable {
  private struct State: Sendable {
    var context: NIOSSLContext
    var trust: Trust
    /// How often it was changed.
    var version = 0
    var connections: [ObjectIdentifier: NIOLoopBound<Connection>] = [:]
  }

  private struct Connection {
    var channel: any Channel
    var holder: CertificateHolder

    /// On its event loop. Not through TLS: its goodbye waits for the other side, and hears it meanwhile.
    func cut() {
      holder.shown = nil
      let tls = try? channel.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
      if let tls { tls.close(promise: nil) } else { channel.close(promise: nil) }
    }
  }

  private let state: Mutex<State>

  /// - Throws: `.invalid` if certificate and key do not fit, or TLS cannot be set up with them.
  package init(_ credentials: NodeCredentials) throws(Failure) {
    state = Mutex(State(context: try Self.context(credentials), trust: credentials.trust))
  }

  /// Goes by other certificates from now on.
  /// - Throws: as `init`; nothing has changed then.
  /// - Returns: who was cut off by it, and why.
  @discardableResult
  package func change(to credentials: NodeCredentials) async throws(Failure) -> [String] {
    let context = try Self.context(credentials)
    state.withLock { state in
      state.context = context
      state.trust = credentials.trust
      state.version += 1
    }
    return await lookAgain()
  }

  /// Closes the connections of those whose certificates have expired, or were revoked, since they came.
  /// - Returns: who they were, and why.
  @discardableResult
  package func lookAgain() async -> [String] {
    var cut: [String] = []
    let (connections, trust) = state.withLock { (Array($0.connections.values), $0.trust) }
    for connection in connections {
      let loop = connection.eventLoop
      guard let shown = try? await loop.submit({ connection.value.holder.shown }).get(),
        case .failure(let failure) = await Self.identity(shown.chain, trust)
      else { continue }
      cut.append("\(shown.identity.name): \(failure.cause)")
      loop.execute { connection.value.cut() }
    }
    return cut
  }

  /// Sets up TLS in front of everything else. On the connection's event loop.
  /// - Parameter refused: told why a certificate was not taken.
  func guardConnection(_ channel: any Channel, refused: @escaping @Sendable (String) -> Void) throws {
    let context = state.withLock { $0.context }
    let holder = CertificateHolder()
    let bound = NIOLoopBound(holder, eventLoop: channel.eventLoop)
    let handler = NIOSSLServerHandler(
      context: context,
      customVerificationCallback: { certificates, promise in
        let chain = certificates.map { (try? $0.toDERBytes()) ?? [] }
        promise.completeWithTask { [self] in
          // By what counts when it is let in, not when it came.
          while true {
            let (trust, version) = state.withLock { ($0.trust, $0.version) }
            switch await Self.identity(chain, trust) {
            case .success(let identity):
              try await bound.eventLoop.submit { bound.value.shown = .init(chain: chain, identity: identity) }.get()
              if state.withLock({ $0.version }) == version { return .certificateVerified }
            case .failure(let failure):
              refused(failure.cause)
              return .failed
            }
          }
        }
      })
    try channel.pipeline.syncOperations.addHandlers([handler, holder])
    let name = ObjectIdentifier(holder)
    let connection = NIOLoopBound(Connection(channel: channel, holder: holder), eventLoop: channel.eventLoop)
    state.withLock { $0.connections[name] = connection }
    channel.closeFuture.whenComplete { [weak self] _ in
      self?.state.withLock { $0.connections[name] = nil }
    }
  }

  private static func identity(_ chain: [[UInt8]], _ trust: Trust) async -> Result<Identity, Failure> {
    do throws(Failure) { return .success(try await trust.client(chain, now: Date())) } catch { return .failure(error) }
  }

  private static func context(_ credentials: NodeCredentials) throws(Failure) -> NIOSSLContext {
    do {
      let chain = try NIOSSLCertificate.fromPEMBytes(Array(credentials.certificate.utf8))
      let key = try NIOSSLPrivateKey(bytes: Array(credentials.key.utf8), format: .pem)
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
      configuration.minimumTLSVersion = .tlsv13
      // Who it is for and whether it holds is looked at by `Trust`; this has a certificate asked for.
      configuration.certificateVerification = .noHostnameVerification
      configuration.trustRoots = .certificates(
        try NIOSSLCertificate.fromPEMBytes(Array(credentials.authorities.utf8)))
      configuration.applicationProtocols = ["h2"]
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw Failure(
        .invalid, operation: "serve the network with", object: credentials.name,
        cause: "certificate and key are not a pair that TLS takes: \(error)",
        remedy: "make new ones: vmsupervisor tls issue node NAME --address ADDRESS")
    }
  }
}
