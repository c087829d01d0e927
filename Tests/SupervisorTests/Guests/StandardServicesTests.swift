import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NodeAPI
import Synchronization
import Testing

extension GuestTests {
  /// gRPC's own services at the sockets of a supervisor, by their clients.
  @Suite struct StandardServicesTests {
    private typealias Client = GRPCClient<HTTP2ClientTransport.Posix>

    private static func connected<R: Sendable>(
      to socket: String, _ body: (Client) async throws -> R
    ) async throws -> R {
      try await withGRPCClient(
        transport: .http2NIOPosix(target: .unixDomainSocket(path: socket), transportSecurity: .plaintext),
        handleClient: body)
    }

    private static func files(_ client: Client, declaring symbols: [String]) async throws -> [Int] {
      try await Grpc_Reflection_V1_ServerReflection.Client(wrapping: client).serverReflectionInfo { writer in
        for symbol in symbols { try await writer.write(.with { $0.fileContainingSymbol = symbol }) }
      } onResponse: { response in
        try await response.messages.reduce(into: []) {
          $0.append($1.fileDescriptorResponse.fileDescriptorProto.count)
        }
      }
    }

    /// Balancers leave before their connections go.
    @Test func whoWatchesIsToldOfTheEnd() async throws {
      try await Rig.run { rig in
        try await rig.openReading()
        for socket in [rig.folder + "/run/vmsupervisor.sock", rig.readingSocket] {
          try await Self.connected(to: socket) { client in
            let health = Grpc_Health_V1_Health.Client(wrapping: client)
            #expect(try await health.check(.init()).status == .serving)
            let services = try await health.list(.init()).statuses.keys.filter { !$0.isEmpty }
            #expect(services.contains("limiquantix.node.v1.NodeDaemonService"))
            let files = try await Self.files(client, declaring: services + ["no.such.Service"])
            #expect(files.dropLast().allSatisfy { $0 > 0 } && files.last == 0, "\(services)")
          }
        }

        let told = Mutex<[Grpc_Health_V1_HealthCheckResponse.ServingStatus]>([])
        async let watching: Void = Self.connected(to: rig.readingSocket) { client in
          try await Grpc_Health_V1_Health.Client(wrapping: client).watch(.init()) { response in
            for try await answer in response.messages { told.withLock { $0.append(answer.status) } }
          }
        }
        try await eventually("it watches") { told.withLock { $0 == [.serving] } }
        await rig.supervisor.stop()
        // How the connection ends is nobody's business here.
        _ = try? await watching
        #expect(told.withLock { $0 } == [.serving, .notServing])
        try await rig.startSupervisor()
      }
    }
  }
}
