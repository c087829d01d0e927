import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Glibc
import NodeAPI

/// Calls that ask for nothing: what a call costs by itself.
enum Unary {
  /// Calls before the first that counts: the connection is made with them, and what is needed once.
  private static let warmUp = 50

  /// `grpc.health.v1.Health/Check`, one after the other over one connection.
  static func measure(_ count: Int, at endpoint: Endpoint) async throws {
    try await withGRPCClient(transport: endpoint.client()) { client in
      let health = Grpc_Health_V1_Health.Client(wrapping: client)
      for _ in 0..<warmUp { _ = try await health.check(.init()) }
      for _ in 0..<count {
        let begun = Stopwatch.now()
        _ = try await health.check(.init())
        sample(begun, Stopwatch.now())
      }
    }
  }

  /// Opens so many connections and asks once at each; they idle until standard input ends.
  static func idle(_ count: Int, at endpoint: Endpoint) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      var clients: [GRPCClient<HTTP2ClientTransport.Posix>] = []
      for _ in 0..<count {
        let client = GRPCClient(transport: try endpoint.client())
        group.addTask { try await client.runConnections() }
        _ = try await Grpc_Health_V1_Health.Client(wrapping: client).check(.init())
        clients.append(client)
      }
      say("ready")
      waitForEnd()
      for client in clients { client.beginGracefulShutdown() }
      try await group.waitForAll()
    }
  }

  /// The floor: a server that does nothing but answer, until standard input ends.
  static func echo(at endpoint: Endpoint) async throws {
    let server = GRPCServer(transport: endpoint.server(), services: [Echo()])
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      _ = try await server.listeningAddress
      say("ready")
      waitForEnd()
      group.cancelAll()
    }
  }

  private struct Echo: Grpc_Health_V1_Health.SimpleServiceProtocol {
    func check(
      request: Grpc_Health_V1_HealthCheckRequest, context: ServerContext
    ) async throws -> Grpc_Health_V1_HealthCheckResponse { .with { $0.status = .serving } }

    func list(
      request: Grpc_Health_V1_HealthListRequest, context: ServerContext
    ) async throws -> Grpc_Health_V1_HealthListResponse { .init() }

    func watch(
      request: Grpc_Health_V1_HealthCheckRequest, response: RPCWriter<Grpc_Health_V1_HealthCheckResponse>,
      context: ServerContext
    ) async throws {}
  }
}
