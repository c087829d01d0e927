import Failure
import GRPCCore
import NodeAPI

/// A seat at a guest's serial console, as a stream in both directions.
extension NodeService {
  func attachConsole(
    request: RPCAsyncSequence<Procurator_Node_V1_ConsoleInput, any Error>,
    response: RPCWriter<Procurator_Node_V1_ConsoleOutput>, context: ServerContext
  ) async throws {
    let (seats, taken) = AsyncThrowingStream.makeStream(of: Taken.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await listen(to: request, taken) }
      for try await place in seats {
        defer { place.hub.leave(place.seat.number) }
        for await bytes in place.seat.output { try await response.write(.with { $0.data = .init(bytes) }) }
        try await response.write(.with { $0.notice = "the console has ended" })
      }
      group.cancelAll()
    }
  }

  private struct Taken: Sendable {
    var hub: ConsoleHub
    var seat: ConsoleHub.Seat
  }

  /// Takes the seat that the first message asks for, and types what the others carry.
  ///
  /// The end of the input does not end the console: it may have come from a file, whose sender still watches.
  private func listen(
    to request: RPCAsyncSequence<Procurator_Node_V1_ConsoleInput, any Error>,
    _ seats: AsyncThrowingStream<Taken, any Error>.Continuation
  ) async throws {
    var place: Taken?
    do {
      for try await message in request {
        switch (message.kind, place) {
        case (.open(let open), nil):
          let new = try await refusing { try await sit(open) }
          place = new
          seats.yield(new)
          seats.finish()
        case (.data(let bytes), let place?):
          try await refusing { try place.hub.type(Array(bytes), from: place.seat.number) }
        default:
          throw Failure(.protocol, step: "attach console", cause: "a message that opens it must come first, and once")
            .status
        }
      }
      seats.finish()
    } catch {
      seats.finish(throwing: error)
      if let place { place.hub.leave(place.seat.number) }
      throw error
    }
  }

  private func sit(_ open: Procurator_Node_V1_ConsoleOpen) async throws -> Taken {
    let step = "attach console"
    let vm = try await fleet.find(open.vm, step: step)
    guard let hub = await vm.console else {
      if await vm.life.state == .running {
        throw Failure(
          .unsupported, step: step, object: vm.name, cause: "it has no serial console",
          cure: "set console: true in its spec")
      }
      throw await vm.notRunning(step)
    }
    return Taken(hub: hub, seat: try hub.sit(readOnly: open.readonly))
  }
}
