import Failure
package import GRPCCore
package import GRPCNIOTransportHTTP2Posix
package import Linux
import NIOCore
package import NodeCore
import Synchronization

/// The node's API on the network: mutual TLS, or without it for this host alone.
///
/// VMs do not depend on it. What hinders it is said once and tried again; certificates, authorities and lists of what was
/// revoked are read anew when their files change, all or none.
package final class NetworkService: Sendable {
  package typealias Server = GRPCServer<HTTP2ServerTransport.Custom<BoundedListener>>

  /// How often the files are looked at, and what failed is tried again.
  package static let interval: Duration = .seconds(2)
  /// How often the certificates of those who are connected are looked at again: they expire.
  private static let recheck = 30

  private let settings: APISettings
  private let troubles: HostTroubles
  private let serve: @Sendable (consuming Descriptor, Entrance) -> Server
  private let given: DescriptorCell?
  private let state = Mutex(State())

  private struct State {
    var server: Server?
    var isEnding = false
  }

  /// What its troubles are called.
  private static let subject = "api.network"

  /// - Parameters:
  ///   - given: a socket that systemd has opened.
  ///   - serve: makes a server on a socket.
  package init(
    _ settings: APISettings, given: DescriptorCell?, troubles: HostTroubles,
    serve: @escaping @Sendable (consuming Descriptor, Entrance) -> Server
  ) {
    (self.settings, self.given, self.troubles, self.serve) = (settings, given, troubles, serve)
  }

  /// The server that answers now; nil if none does.
  package var server: Server? { state.withLock { $0.server } }

  /// Serves until it is cancelled.
  package func run() async {
    while !Task.isCancelled {
      do throws(Failure) { try await once() } catch { troubles.note(Self.subject, error, well: "") }
      try? await Task.sleep(for: Self.interval)
    }
  }

  /// Takes no new calls; those that there are go on.
  package func beginGracefulShutdown() {
    let server = state.withLock { state in
      state.isEnding = true
      return state.server
    }
    server?.beginGracefulShutdown()
  }

  private func once() async throws(Failure) {
    let versions = NodeCredentials.versions(of: settings.files)
    let gate: CertificateGate?
    let entrance: Entrance
    if let role = settings.plaintext {
      (gate, entrance) = (nil, .open(role))
    } else {
      if isUnwanted(versions) { return troubles.note(Self.subject, nil, well: "the network is not served any more") }
      let made = try CertificateGate(try NodeCredentials(settings.files))
      (gate, entrance) = (made, .certified(made))
    }
    guard let socket = try socket(), let server = admit(serve(socket, entrance)) else { return }
    defer { state.withLock { $0.server = nil } }
    let address = settings.listen.map { "\($0)" } ?? "the socket of systemd"
    let result = await withTaskGroup(of: Result<Void, any Error>.self) { group in
      group.addTask {
        do { return .success(try await server.serve()) } catch { return .failure(error) }
      }
      if let gate {
        group.addTask { [self] in
          await keep(gate, versions)
          return .success(())
        }
      }
      if await server.transport.listeningAddress != nil {
        troubles.note(Self.subject, nil, well: "the network is served at \(address)")
      }
      let first = await group.next() ?? .success(())
      group.cancelAll()
      return first
    }
    if case .failure(let error) = result, !(error is CancellationError) {
      throw Failure(
        .system, operation: NetworkSocket.operation, object: address, cause: "\(error)",
        remedy: "it is tried again by itself")
    }
  }

  /// Nobody has asked for it, and there is no certificate: that is how most hosts begin, and how an administrator ends it.
  private func isUnwanted(_ versions: [FileVersion?]) -> Bool { !settings.isConfigured && versions[0] == nil }

  /// Has `gate` go by what the files say, until it is cancelled or they are gone.
  private func keep(_ gate: CertificateGate, _ first: [FileVersion?]) async {
    var seen = first
    var looks = 0
    while !Task.isCancelled {
      try? await Task.sleep(for: Self.interval)
      let versions = NodeCredentials.versions(of: settings.files)
      looks += 1
      if versions == seen {
        if looks % Self.recheck == 0 { await gate.lookAgain() }
        continue
      }
      if isUnwanted(versions) { return }
      seen = versions
      do throws(Failure) {
        try await gate.change(to: try NodeCredentials(settings.files))
        troubles.note(Self.subject, nil, well: "certificates for the network were read anew")
      } catch {
        var failure = error
        failure.cause += "; those that were read before are used"
        troubles.note(Self.subject, failure, well: "")
      }
    }
  }

  /// The socket of systemd, or one of our own; nil if there is to be none.
  private func socket() throws(Failure) -> Descriptor? {
    guard let given else {
      return try settings.listen.map { address throws(Failure) in try NetworkSocket.bind(address) }
    }
    guard let socket = given.take() else {
      throw Failure(
        .unavailable, operation: NetworkSocket.operation, object: "the socket of systemd",
        cause: "it served and has ended", remedy: "restart its unit, and the supervisor with it")
    }
    if settings.plaintext != nil { try NetworkSocket.checkLoopback(socket.raw) }
    return socket
  }

  private func admit(_ server: Server) -> Server? {
    state.withLock { state in
      if state.isEnding { return nil }
      state.server = server
      return server
    }
  }
}
