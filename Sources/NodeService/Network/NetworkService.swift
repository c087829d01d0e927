import Failure
package import GRPCCore
package import GRPCNIOTransportHTTP2Posix
import Glibc
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
  /// Makes a server on a socket; the last is told when it listens.
  package typealias Serve = @Sendable (consuming Descriptor, Entrance, @escaping @Sendable () -> Void) -> Server

  /// How often the files are looked at, and what failed is tried again.
  private static let interval: Duration = .seconds(2)
  /// How often the certificates of those who are connected are looked at again: they expire.
  private static let recheck = 30

  private let settings: APISettings
  private let troubles: HostTroubles
  private let say: @Sendable (String) -> Void
  private let serve: Serve
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
  ///   - say: told what an administrator waits for: that it serves, what was read anew, who was cut off.
  package init(
    _ settings: APISettings, given: DescriptorCell?, troubles: HostTroubles, say: @escaping @Sendable (String) -> Void,
    serve: @escaping Serve
  ) {
    (self.settings, self.given, self.troubles, self.say, self.serve) = (settings, given, troubles, say, serve)
  }

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
      if isUnwanted { return troubles.note(Self.subject, nil, well: "the network is not wanted any more") }
      let made = try CertificateGate(try NodeCredentials(settings.files))
      (gate, entrance) = (made, .certified(made))
    }
    guard let socket = try socket() else { return }
    let address = "\(try NetworkSocket.address(of: socket.raw))"
    let server = serve(socket, entrance) { [self] in
      say("the network is served at \(address)")
      troubles.note(Self.subject, nil, well: "the network is served at \(address)")
    }
    guard admit(server) else { return }
    defer { state.withLock { $0.server = nil } }
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
      let first = await group.next() ?? .success(())
      group.cancelAll()
      return first
    }
    if case .failure(let error) = result, !Task.isCancelled, !isEnding {
      let cause = (error as? RuntimeError)?.cause ?? error
      throw Failure(
        .system, operation: NetworkSocket.operation, object: address, cause: "\(cause)",
        remedy: "it is tried again by itself")
    }
    say("the network is not served at \(address) any more")
  }

  private var isEnding: Bool { state.withLock { $0.isEnding } }

  /// Nobody has asked for it, and there is no certificate: that is how most hosts begin, and how an administrator ends it. One that
  /// cannot be looked at is another matter.
  private var isUnwanted: Bool {
    guard !settings.isConfigured else { return false }
    do throws(Errno) { _ = try FileVersion(of: settings.files.certificate) } catch { return error.code == ENOENT }
    return false
  }

  /// Has `gate` go by what the files say, until it is cancelled or they are gone.
  private func keep(_ gate: CertificateGate, _ first: [FileVersion?]) async {
    var seen = first
    var looks = 0
    // install(1) removes a file before it makes the new one.
    var wasGone = false
    while !Task.isCancelled {
      try? await Task.sleep(for: Self.interval)
      let versions = NodeCredentials.versions(of: settings.files)
      looks += 1
      if looks % Self.recheck == 0 { tell(await gate.lookAgain()) }
      let isGone = isUnwanted
      if isGone, wasGone { return }
      wasGone = isGone
      guard versions != seen, !isGone else { continue }
      do throws(Failure) {
        if versions.last == .some(nil), seen.last != .some(nil) { throw Self.listIsGone(settings.files.revoked) }
        let cut = try await gate.change(to: try NodeCredentials(settings.files))
        seen = versions
        say("certificates for the network were read anew")
        tell(cut)
        troubles.note(Self.subject, nil, well: "the files for the network are well again")
      } catch {
        var failure = error
        failure.cause += "; what was read before is used"
        troubles.note(Self.subject, failure, well: "")
      }
    }
  }

  private func tell(_ cut: [String]) {
    for sentence in cut { say("a connection of the network was cut: \(sentence)") }
  }

  private static func listIsGone(_ path: String) -> Failure {
    Failure(
      .notFound, operation: "read list of revoked certificates", object: path, cause: "it is not there any more",
      remedy: "put it there again; to go on without one restart the supervisor")
  }

  /// The socket of systemd, or one of our own; nil if there is to be none.
  private func socket() throws(Failure) -> Descriptor? {
    guard let given else {
      return try settings.listen.map { address throws(Failure) in try NetworkSocket.bind(address) }
    }
    // Another one for the same socket each time: systemd has it too, so who waits there is not lost.
    var raw: Int32 = -1
    given.peek { raw = fcntl($0, F_DUPFD_CLOEXEC, 3) }
    guard raw >= 0 else { throw Errno(errno).failure(NetworkSocket.operation, "the socket of systemd") }
    let socket = Descriptor(owning: raw)
    if settings.plaintext != nil { try NetworkSocket.checkLoopback(socket.raw) }
    return socket
  }

  /// - Returns: whether it may begin.
  private func admit(_ server: Server) -> Bool {
    state.withLock { state in
      if state.isEnding { return false }
      state.server = server
      return true
    }
  }
}
