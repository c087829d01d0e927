import Failure
import GRPCCore
import NodeAPI
package import NodeCore

/// Has every call run in the name of whoever made it.
package struct NamedCaller: ServerInterceptor {
  /// What a process that calls is connected to.
  package let socket: LocalProcess.Socket
  package let names: UserNames

  package init(socket: LocalProcess.Socket, names: UserNames) {
    self.socket = socket
    self.names = names
  }

  func intercept<Input: Sendable, Output: Sendable>(
    request: StreamingServerRequest<Input>, context: ServerContext,
    next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
  ) async throws -> StreamingServerResponse<Output> {
    let caller: Caller
    switch PeerHeader.peer(request.metadata) {
    case .process(let uid, let pid):
      caller = .process(LocalProcess(uid: uid, user: await names.name(of: uid), pid: pid, socket: socket))
    case .remote(let remote): caller = .remote(remote)
    case nil:
      throw Failure(
        .denied, operation: "call", object: context.descriptor.method, cause: "nobody knows who calls",
        remedy: "connect to the supervisor's own socket"
      ).status
    }
    let author = Author.caller(caller)
    var response = try await Author.$current.withValue(author) { try await next(request, context) }
    // What answers in a stream does its work only now.
    response.accepted = response.accepted.map { contents in
      .init(metadata: contents.metadata) { writer in
        try await Author.$current.withValue(author) { try await contents.producer(writer) }
      }
    }
    return response
  }
}
