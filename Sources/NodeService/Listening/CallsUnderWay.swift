import Failure
import GRPCCore
import Synchronization

/// The calls that are not answered yet, at all sockets, so that the supervisor can answer them before it ends.
///
/// Those that go on for as long as their callers want are not waited for: whoever reads them finds that the supervisor is away, and
/// comes back.
package final class CallsUnderWay: Sendable {
  /// Methods whose calls have no end of their own, or one that may be a day away; what these have begun goes on without them.
  static let endless: Set<String> = [
    "grpc.health.v1.Health/Watch",
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    "limiquantix.node.v1.NodeDaemonService/DownloadImage",
    "limiquantix.node.v1.NodeDaemonService/StreamEvents",
    "limiquantix.node.v1.NodeDaemonService/StreamMetrics",
    "procurator.node.v1.Events/Stream",
    "procurator.node.v1.Metrics/Top",
    "procurator.node.v1.Node/AttachConsole",
    "procurator.node.v1.Node/FollowLogs",
    "procurator.node.v1.Node/WaitForState",
  ]

  /// What is answered to the last, for whoever has to know that the node leaves.
  private static let health = "grpc.health.v1.Health/"

  private struct State: Sendable {
    var count = 0
    var isEnding = false
    var waiters: [AsyncStream<Void>.Continuation] = []
  }

  private let state = Mutex(State())

  package init() {}

  /// One of them, as long as somebody holds it.
  private final class Call: Sendable {
    private let calls: CallsUnderWay

    fileprivate init(_ calls: CallsUnderWay) { self.calls = calls }

    deinit {
      let waiters = calls.state.withLock { state in
        state.count -= 1
        guard state.count == 0 else { return [AsyncStream<Void>.Continuation]() }
        defer { state.waiters = [] }
        return state.waiters
      }
      for waiter in waiters { waiter.finish() }
    }
  }

  /// - Returns: nil if none is begun any more.
  private func begin() -> Call? {
    let isOpen = state.withLock { state in
      if !state.isEnding { state.count += 1 }
      return !state.isEnding
    }
    return isOpen ? Call(self) : nil
  }

  /// Notes calls here.
  struct Noting: ServerInterceptor {
    let calls: CallsUnderWay

    func intercept<Input: Sendable, Output: Sendable>(
      request: StreamingServerRequest<Input>, context: ServerContext,
      next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
      let method = context.descriptor.fullyQualifiedMethod
      if CallsUnderWay.endless.contains(method) || method.hasPrefix(CallsUnderWay.health) {
        return try await next(request, context)
      }
      guard let call = calls.begin() else {
        throw Failure(
          .unavailable, part: .supervisor, operation: "call", object: context.descriptor.method,
          cause: "the supervisor is about to end", remedy: "ask again when it has been started again"
        ).status
      }
      return try await next(request, context).keeping(call)
    }
  }

  /// Begins no more of them, and waits until each has its answer, but not for ever. A server that ends gracefully tells its calls
  /// to stop: this comes before.
  /// - Returns: whether there were any.
  package func end(within limit: Duration) async -> Bool {
    let (end, waiter) = AsyncStream.makeStream(of: Void.self)
    let isBusy = state.withLock { state in
      state.isEnding = true
      guard state.count > 0 else { return false }
      state.waiters.append(waiter)
      return true
    }
    guard isBusy else { return false }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in end {} }
      group.addTask { try? await Task.sleep(for: limit) }
      await group.next()
      group.cancelAll()
    }
    return true
  }
}
