import GRPCCore

/// Does what nobody but the caller has an interest in, and cancels it when the caller leaves or the server ends: gRPC itself
/// lets a handler go on.
func whileCalled<R: Sendable>(
  _ call: ServerContext.RPCCancellationHandle, _ body: @escaping @Sendable () async throws -> R
) async throws -> R {
  let work = Task { try await body() }
  return try await withTaskCancellationHandler {
    try await withRPCCancellationHandler {
      // Whoever has left already calls no handler any more.
      if call.isCancelled { work.cancel() }
      return try await work.value
    } onCancelRPC: {
      work.cancel()
    }
  } onCancel: {
    work.cancel()
  }
}
