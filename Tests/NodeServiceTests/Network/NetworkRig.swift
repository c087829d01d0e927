import Access
import Certificates
import Failure
import FoundationEssentials
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Glibc
import Linux
import NodeAPI
import Synchronization
import Testing
import Text

@testable import NodeClient
@testable import NodeCore
@testable import NodeService

/// A listener at the loopback with certificates of its own, in this process: what comes over the network, without a node behind it.
final class NetworkRig: Sendable {
  let folder: String
  let address: NetworkAddress
  let gate: CertificateGate
  /// Why peers were turned away.
  let refusals = Mutex<[String]>([])

  /// Answers with who asks, as the services see it.
  struct Mirror: Procurator_Node_V1_Events.SimpleServiceProtocol {
    func stream(
      request: Procurator_Node_V1_EventsRequest, response: RPCWriter<Procurator_Node_V1_Event>, context: ServerContext
    ) async throws {
      try await response.write(.with { $0.actor = Author.current.word })
      while request.follow {
        try await Task.sleep(for: .milliseconds(10))
        try await response.write(.with { $0.actor = Author.current.word })
      }
    }
  }

  /// The other service: a method that only operators may call.
  struct Closed: Procurator_Node_V1_Life.SimpleServiceProtocol {
    func stop(
      request: Procurator_Node_V1_StopRequest, context: ServerContext
    ) async throws -> Procurator_Node_V1_PowerReply { .init() }
    func reboot(
      request: Procurator_Node_V1_RebootRequest, context: ServerContext
    ) async throws -> Procurator_Node_V1_PowerReply { .init() }
    func quiesce(
      request: Procurator_Node_V1_QuiesceRequest, context: ServerContext
    ) async throws -> Procurator_Node_V1_QuiesceReply { .init() }
  }

  private init(_ folder: String, _ address: NetworkAddress, _ gate: CertificateGate) {
    (self.folder, self.address, self.gate) = (folder, address, gate)
  }

  var authority: Authority { Authority(folder: folder + "/authority") }

  static func files(in folder: String) -> CredentialFiles {
    CredentialFiles(
      certificate: folder + "/node.pem", key: folder + "/node.key", authorities: folder + "/ca.pem",
      revoked: folder + "/crl.pem")
  }

  /// Serves while `body` runs.
  static func run(
    _ change: (inout ListenerBounds) -> Void = { _ in }, _ body: @Sendable (NetworkRig) async throws -> Void
  ) async throws {
    let folder = "/tmp/pcrt-network\(UInt32.random(in: 0 ... .max))"
    try Files.makeFolders(folder)
    defer { try? Files.removeFolder(folder) }
    let authority = Authority(folder: folder + "/authority")
    _ = try authority.make(name: "lab", days: 10, now: Date())
    _ = try authority.issue(
      CertificateOrder(role: .node, name: "n1", addresses: ["127.0.0.1", "n1.lab"]), to: folder + "/node",
      replacing: false, now: Date())
    let gate = try CertificateGate(try NodeCredentials(files(in: folder + "/node")))
    let socket = try NetworkSocket.bind(NetworkAddress(host: "127.0.0.1", port: 0))
    var bounds = ListenerBounds.network(64)
    change(&bounds)
    let rig = NetworkRig(folder, try NetworkSocket.address(of: socket.raw), gate)
    let listener = BoundedListener(socket, bounds, .certified(gate)) { peer, why in
      rig.refusals.withLock { $0.append("\(peer): \(why)") }
    }
    let server = GRPCServer(
      transport: listener.transport(), services: [Mirror(), Closed()],
      interceptors: [NamedCaller(socket: .operators, names: UserNames()), Permission()])
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      _ = await server.transport.listeningAddress
      try await body(rig)
      group.cancelAll()
    }
  }

  /// What a caller of that role and name shows.
  func credentials(
    _ role: Role, _ name: String, by other: Authority? = nil, now: Date = Date()
  ) throws -> ClientCredentials {
    let out = folder + "/\(name)-\(UInt32.random(in: 0 ... .max))"
    _ = try (other ?? authority).issue(
      CertificateOrder(role: role, name: name, addresses: role == .node ? ["127.0.0.1"] : []), to: out,
      replacing: false, now: now)
    let stem = out + "/" + (role == .node ? "node" : name)
    return try ClientCredentials(
      certificate: stem + ".pem", key: stem + ".key", authorities: folder + "/node/ca.pem",
      revokedAt: folder + "/node/crl.pem")
  }

  func node(_ credentials: ClientCredentials?, serverName: String? = nil) -> NodeAddress {
    .network(RemoteNode(address: address, serverName: serverName, credentials: credentials))
  }

  /// Who the node takes the caller for.
  func whoAmI(_ node: NodeAddress) async throws -> String {
    try await NodeConnection.with(node) { connection in
      try await connection.call("ask") {
        try await connection.events.stream(.init(), options: $0) { response in
          for try await event in response.messages { return event.actor }
          return ""
        }
      }
    }
  }

  /// A call that only operators may make.
  func stop(_ node: NodeAddress) async throws {
    try await NodeConnection.with(node) { connection in
      try await connection.call("stop VM", "w") { _ = try await connection.life.stop(.init(), options: $0) }
    }
  }

  /// Has the node read its files again, as it does when they change.
  func reload() async throws { try await gate.change(to: try NodeCredentials(Self.files(in: folder + "/node"))) }

  /// Copies the authority's list to the node.
  func publishList() throws {
    try Files.replace(folder + "/node/crl.pem", with: Files.read(folder + "/authority/crl.pem"), mode: 0o644)
  }
}
