import Failure
import GRPCCore

/// Lets through what only looks, for the socket of those who may not operate.
///
/// A list of what is permitted: a method that comes later is closed until somebody thinks of it here. Not on it, though they
/// change nothing: consoles, logs and pictures of the screen, which are the guest's and may show secrets. What answers of
/// the others quote of these is left out (`showsGuestOutput`).
struct ReadOnly: ServerInterceptor {
  /// Full names of the methods.
  static let methods: Set<String> = [
    "grpc.health.v1.Health/Check",
    "grpc.health.v1.Health/List",
    "grpc.health.v1.Health/Watch",
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    "limiquantix.node.v1.NodeDaemonService/HealthCheck",
    "limiquantix.node.v1.NodeDaemonService/GetNodeInfo",
    "limiquantix.node.v1.NodeDaemonService/GetVMStatus",
    "limiquantix.node.v1.NodeDaemonService/ListVMs",
    "limiquantix.node.v1.NodeDaemonService/StreamEvents",
    "procurator.node.v1.Diagnosis/Doctor",
    "procurator.node.v1.Diagnosis/Explain",
    "procurator.node.v1.Events/Stream",
    "procurator.node.v1.Limits/Capacity",
    "procurator.node.v1.Metrics/Top",
    "procurator.node.v1.Node/Ports",
    "procurator.node.v1.Node/WaitForState",
  ]

  private let quota = ReadersQuota()

  init() {
  }

  func intercept<Input: Sendable, Output: Sendable>(
    request: StreamingServerRequest<Input>, context: ServerContext,
    next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
  ) async throws -> StreamingServerResponse<Output> {
    let method = context.descriptor
    guard Self.methods.contains(method.fullyQualifiedMethod) else {
      throw Failure(
        .denied, operation: "call", object: method.method, cause: "this socket is for looking only",
        remedy: "join the group with `adduser USER procurator` and log in again, or use sudo"
      ).status
    }
    let call: ReadersQuota.Call
    do throws(Failure) { call = try quota.admit() } catch { throw error.status }
    var response = try await next(request, context)
    response.accepted = response.accepted.map { contents in
      .init(metadata: contents.metadata) { writer in
        defer { withExtendedLifetime(call) {} }
        return try await contents.producer(writer)
      }
    }
    return response
  }
}
