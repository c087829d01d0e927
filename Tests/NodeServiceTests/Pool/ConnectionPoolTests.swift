import Failure
import GRPCCore
import Glibc
import Linux
import NodeAPI
import NodeCore
import Testing
import Text

@testable import NodeClient
@testable import NodeService

/// A pool of connections, to servers that come, go and hang.
@Suite struct ConnectionPoolTests {
  /// Serves at an address until it is cancelled.
  private static func serve(at address: NetworkAddress) throws -> (address: NetworkAddress, task: Task<Void, Never>) {
    let socket = try NetworkSocket.bind(address)
    let bound = try NetworkSocket.address(of: socket.raw)
    let listener = BoundedListener(socket, .network(64), .open(.operator)) { _, _ in }
    let services: [any RegistrableRPCService] = [NetworkRig.Mirror()]
    let server = GRPCServer(
      transport: listener.transport(), services: services + StandardServices.beside(services, ServingState()),
      interceptors: [NamedCaller(socket: .operators, names: UserNames()), Permission()])
    return (bound, Task { try? await server.serve() })
  }

  private static func node(_ address: NetworkAddress) -> NodeAddress {
    .network(RemoteNode(address: address, credentials: nil))
  }

  private static func ask(_ pool: NodePool, _ id: String) async throws -> String {
    try await pool.node(id).call("ask", id, within: .seconds(120)) { connection, options in
      try await connection.events.stream(.init(), options: options) { response in
        for try await event in response.messages { return event.actor }
        return ""
      }
    }
  }

  private static func until(_ what: String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<600 {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    Issue.record("not in time: \(what)")
  }

  @Test func aNodeThatGoesIsNotAskedAndFoundAgain() async throws {
    let pool = NodePool()
    let (address, first) = try Self.serve(at: NetworkAddress(host: "127.0.0.1", port: 0))
    try pool.set("n1", Self.node(address))
    try pool.set("n1", Self.node(address))
    #expect(try await !Self.ask(pool, "n1").isEmpty)
    let missing = #expect(throws: Failure.self) { try pool.node("n2") }
    #expect(missing?.code == .notFound)

    first.cancel()
    await first.value
    try await Self.until("it is away") {
      _ = try? await Self.ask(pool, "n1")
      return pool.states()["n1"]?.reach.isAway == true
    }
    let refused = try await #require(throws: Failure.self) { try await Self.ask(pool, "n1") }
    #expect(refused.code == .unavailable && refused.cause.contains("the node has been away"), "\(refused)")

    let (_, second) = try Self.serve(at: address)
    try await Self.until("it is found again") { pool.states()["n1"]?.reach.isAway == false }
    #expect(try await !Self.ask(pool, "n1").isEmpty)
    let rows = pool.ledger.all()
    #expect(rows.contains { $0.operation == "ask" && $0.result == "ok" && $0.count == 2 }, "\(rows)")
    #expect(rows.contains { $0.result == "unavailable" }, "\(rows)")
    await pool.close()
    #expect(pool.states().isEmpty)
    second.cancel()
    await second.value
  }

  /// A node that takes connections and says nothing, beside one that answers.
  @Test func oneThatHangsHoldsUpNobodyElse() async throws {
    let pool = NodePool(checkLimit: .milliseconds(300))
    let (address, server) = try Self.serve(at: NetworkAddress(host: "127.0.0.1", port: 0))
    let silent = try NetworkSocket.bind(NetworkAddress(host: "127.0.0.1", port: 0))
    #expect(listen(silent.raw, 16) == 0)
    try pool.set("hangs", Self.node(try NetworkSocket.address(of: silent.raw)))
    try pool.set("well", Self.node(address))
    async let late: Void = {
      _ = try? await pool.node("hangs").call("ask", within: .milliseconds(200)) { connection, options in
        try await connection.life.stop(.init(), options: options)
      }
    }()
    for _ in 0..<20 { #expect(try await !Self.ask(pool, "well").isEmpty) }
    await late
    try await Self.until("the one that hangs is away") { pool.states()["hangs"]?.reach.isAway == true }
    #expect(pool.states()["well"]?.reach.isAway == false)
    await pool.close()
    server.cancel()
    await server.value
    withExtendedLifetime(silent) {}
  }
}
