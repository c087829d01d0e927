import Failure
import GRPCCore
import NodeAPI
import Text

/// `grpc.health.v1.Health`: whether the services of a socket take calls. All of them do while the supervisor does.
struct HealthService: Grpc_Health_V1_Health.SimpleServiceProtocol {
  /// Full names of what is served.
  let services: Set<String>
  let serving: ServingState

  /// The name of the server as a whole.
  private static let server = ""
  /// Characters of an unknown name that an answer repeats.
  private static let longestName = 200

  init(_ services: Set<String>, _ serving: ServingState) {
    self.services = services.union([Self.server])
    self.serving = serving
  }

  func check(
    request: Grpc_Health_V1_HealthCheckRequest, context: ServerContext
  ) async throws -> Grpc_Health_V1_HealthCheckResponse {
    guard services.contains(request.service) else {
      throw Failure(
        .notFound, operation: "check health of",
        object: HarmlessText.line(String(request.service.prefix(Self.longestName))),
        cause: "no service of that name is served here", remedy: "ask without a name, or for one that List answers"
      ).status
    }
    return .init(serving.status)
  }

  func list(
    request: Grpc_Health_V1_HealthListRequest, context: ServerContext
  ) async throws -> Grpc_Health_V1_HealthListResponse {
    let status = Grpc_Health_V1_HealthCheckResponse(serving.status)
    return .with { answer in for name in services { answer.statuses[name] = status } }
  }

  func watch(
    request: Grpc_Health_V1_HealthCheckRequest, response: RPCWriter<Grpc_Health_V1_HealthCheckResponse>,
    context: ServerContext
  ) async throws {
    let isServed = services.contains(request.service)
    try await whileCalled(context.cancellation) {
      var last: Grpc_Health_V1_HealthCheckResponse?
      try await serving.follow { status in
        let next: Grpc_Health_V1_HealthCheckResponse =
          isServed ? .init(status) : .with { $0.status = .serviceUnknown }
        guard next != last else { return }
        try await response.write(next)
        last = next
      }
    }
  }
}

extension Grpc_Health_V1_HealthCheckResponse {
  init(_ status: ServingState.Status) {
    self.init()
    self.status =
      switch status {
      case .serving: .serving
      case .notServing: .notServing
      }
  }
}
