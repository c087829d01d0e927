import Access
import Failure
import GRPCCore
import NodeCore

/// Lets a call through if its caller may make it, at a socket of this host and over the network alike.
struct Permission: ServerInterceptor {
  private let quota = ReadersQuota()

  init() {
  }

  func intercept<Input: Sendable, Output: Sendable>(
    request: StreamingServerRequest<Input>, context: ServerContext,
    next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
  ) async throws -> StreamingServerResponse<Output> {
    let author = Author.current
    if author.role.isTrusted { return try await next(request, context) }
    // A refusal is work too.
    let call: ReadersQuota.Call
    do throws(Failure) { call = try quota.admit() } catch { throw error.status }
    guard author.role.permits(MethodRights.right(to: context.descriptor.fullyQualifiedMethod)) else {
      throw Self.refusal(of: context.descriptor.method, to: author).status
    }
    return try await next(request, context).keeping(call)
  }

  /// Why somebody may not call a method.
  static func refusal(of method: String, to author: Author) -> Failure {
    guard case .caller(.remote(let remote)) = author else {
      return Failure(
        .denied, operation: "call", object: method, cause: "this socket is for looking only",
        remedy: "join the group with `adduser USER procurator` and log in again, or use sudo")
    }
    let remedy =
      remote.identity == nil
      ? "show a certificate of the role operator" : "use a certificate of the role operator: vmsupervisor tls issue"
    return Failure(
      .denied, operation: "call", object: method,
      cause: "\(remote.words) may not: the role \(remote.role.rawValue) is "
        + (remote.role == .node ? "for nodes that hand VMs over" : "for looking only"),
      remedy: remedy)
  }
}
