import Failure
package import GRPCCore
package import NodeAPI

/// What a guest wrote, from its log.
extension NodeService {
  /// How long to wait before looking for more.
  private static let pause: Duration = .milliseconds(100)

  package func followLogs(
    request: Procurator_Node_V1_LogsRequest, response: RPCWriter<Procurator_Node_V1_LogChunk>, context: ServerContext
  ) async throws {
    try await whileCalled(context.cancellation) { try await write(request, to: response) }
  }

  private func write(_ request: Procurator_Node_V1_LogsRequest, to response: RPCWriter<Procurator_Node_V1_LogChunk>)
    async throws
  {
    let vm = try await refusing { try await fleet.find(request.vm, operation: "read log") }
    let log = vm.consoleHub.log
    let lines = request.hasLines ? Int(request.lines) : 100
    var place = request.hasFromOffset ? request.fromOffset : log.place(ofLast: lines, within: vm.consoleHub.history)
    while true {
      let piece = log.read(from: place, limit: 64 << 10)
      if !piece.bytes.isEmpty {
        try await response.write(
          .with {
            $0.data = .init(piece.bytes)
            $0.offset = piece.end
            $0.missed = piece.missed
          })
        place = piece.end
        continue
      }
      guard request.follow else { return }
      if await vm.isRetired { return }
      do { try await Task.sleep(for: Self.pause) } catch {
        // A stream that ends well says that nothing will come any more.
        throw RPCError(code: .unavailable, message: "the supervisor ends")
      }
    }
  }
}
