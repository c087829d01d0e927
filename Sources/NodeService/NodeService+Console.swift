import Failure
package import GRPCCore
package import NodeAPI
import NodeCore
import Text

/// A seat at a guest's serial console, as a stream in both directions.
extension NodeService {
  package func attachConsole(
    request: RPCAsyncSequence<Procurator_Node_V1_ConsoleInput, any Error>,
    response: RPCWriter<Procurator_Node_V1_ConsoleOutput>, context: ServerContext
  ) async throws {
    let (subscribers, taken) = AsyncThrowingStream.makeStream(of: Taken.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await listen(to: request, taken) }
      for try await place in subscribers {
        defer { place.hub.unsubscribe(place.subscriber.number) }
        // A client that is gone hears of nothing while its guest is silent, but its seat is free at once.
        try await whileCalled(context.cancellation) { try await watch(place, response) }
      }
      group.cancelAll()
    }
  }

  private struct Taken: Sendable {
    var hub: ConsoleHub
    var subscriber: ConsoleHub.Subscriber
  }

  /// Passes on what comes until it ends.
  private func watch(_ place: Taken, _ response: RPCWriter<Procurator_Node_V1_ConsoleOutput>) async throws {
    for await _ in place.subscriber.notifications {
      while let output = place.hub.next(for: place.subscriber.number) {
        try await response.write(.init(output))
        if output.isEnd { return }
      }
    }
  }

  /// Takes the seat that the first message asks for, and types what the others carry.
  ///
  /// The end of the input does not end the console: it may have come from a file, whose sender still watches.
  private func listen(
    to request: RPCAsyncSequence<Procurator_Node_V1_ConsoleInput, any Error>,
    _ subscribers: AsyncThrowingStream<Taken, any Error>.Continuation
  ) async throws {
    var place: Taken?
    do {
      for try await message in request {
        switch (message.kind, place) {
        case (.open(let open), nil):
          let new = try await refusing { try await subscribe(open) }
          place = new
          subscribers.yield(new)
          subscribers.finish()
        case (.data(let bytes), let place?):
          try await refusing { _ = try place.hub.type(Array(bytes), from: place.subscriber.number) }
        case (.take, let place?):
          try await refusing { try place.hub.take(place.subscriber.number) }
        default:
          throw Failure(
            .protocol, operation: "attach console", cause: "a message that opens it must come first, and once"
          )
          .status
        }
      }
      subscribers.finish()
    } catch {
      subscribers.finish(throwing: error)
      if let place { place.hub.unsubscribe(place.subscriber.number) }
      throw error
    }
  }

  private func subscribe(_ open: Procurator_Node_V1_ConsoleOpen) async throws -> Taken {
    let operation = "attach console"
    let vm = try await fleet.find(open.vm, operation: operation)
    guard await vm.record.spec.console else {
      throw Failure(
        .unsupported, operation: operation, object: vm.name, cause: "it has no serial console",
        remedy: "set console: true in its spec")
    }
    let request = ConsoleHub.Request(open)
    // Who comes back after a restart of ours may find the guest away for the moment.
    let comesBack = open.hasFromOffset && open.stay
    if await vm.console == nil, !comesBack { throw await vm.notRunning(operation) }
    let subscriber = try await vm.consoleHub.subscribe(request)
    await vm.tell("console attached" + (request.isReadOnly ? ", to read" : ""), kind: .access)
    return Taken(hub: vm.consoleHub, subscriber: subscriber)
  }
}

extension ConsoleHub.Request {
  /// Longest name, in bytes.
  private static let nameLimit = 64

  fileprivate init(_ open: Procurator_Node_V1_ConsoleOpen) {
    self.init()
    name = HarmlessText.line(String(decoding: open.who.utf8.prefix(Self.nameLimit), as: UTF8.self))
    if name.isEmpty { name = "somebody" }
    isReadOnly = open.readonly
    takes = open.take
    yields = open.yield
    stays = open.stay
    if open.hasHistoryLines { past = .lines(Int(open.historyLines)) }
    if open.hasFromOffset { past = .from(open.fromOffset) }
  }
}

extension Procurator_Node_V1_ConsoleOutput {
  fileprivate init(_ output: ConsoleHub.Output) {
    self = .with {
      $0.data = .init(output.bytes)
      $0.notice = output.notice
      $0.offset = output.offset
      $0.isPast = output.isPast
      $0.missed = output.missed
      $0.ended = output.isEnd
    }
  }
}
