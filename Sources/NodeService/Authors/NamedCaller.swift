import Failure
import GRPCCore
import NodeAPI
package import NodeCore

/// Has every call run in the name of whoever made it.
package struct NamedCaller: ServerInterceptor {
  package let socket: Caller.Socket
  package let names: UserNames

  package init(socket: Caller.Socket, names: UserNames) {
    self.socket = socket
    self.names = names
  }

  func intercept<Input: Sendable, Output: Sendable>(
    request: StreamingServerRequest<Input>, context: ServerContext,
    next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
  ) async throws -> StreamingServerResponse<Output> {
    guard let peer = PeerHeader.peer(request.metadata) else {
      throw Failure(
        .denied, operation: "call", object: context.descriptor.method, cause: "nobody knows who calls",
        remedy: "connect to the supervisor's own socket"
      ).status
    }
    let name = await names.name(of: peer.uid)
    let author = Author.caller(Caller(uid: peer.uid, user: name, pid: peer.pid, socket: socket))
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
