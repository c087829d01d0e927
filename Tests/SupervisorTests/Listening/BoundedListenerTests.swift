import Failure
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Linux
import NodeAPI
import Synchronization
import Testing

@testable import NodeClient
@testable import NodeService

/// The listener alone, with times that a test can wait for.
@Suite(.serialized) struct BoundedListenerTests {
  /// Serves events without end on a socket, within bounds.
  private static func serve(
    _ bounds: ListenerBounds, _ service: Endless = Endless(), _ body: (String) async throws -> Void
  ) async throws {
    let path = "/tmp/pcrt-listener\(UInt32.random(in: 0 ... .max)).sock"
    defer { unlink(path) }
    let listener = BoundedListener(try UnixSocket.listen(path, .stream, mode: 0o600), bounds) { _, _ in }
    let server = GRPCServer(transport: listener.transport(), services: [service])
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      _ = await server.transport.listeningAddress
      try await body(path)
      group.cancelAll()
    }
  }

  private static var bounds: ListenerBounds {
    var bounds = ListenerBounds.readers(8)
    (bounds.idle, bounds.stall, bounds.threads) = (.seconds(3), .seconds(3), nil)
    return bounds
  }

  /// Sends events as fast as they are taken.
  final class Endless: Procurator_Node_V1_Events.SimpleServiceProtocol {
    let ended = Atomic(0)
    private let size: Int

    /// - Parameter size: bytes of an event.
    init(of size: Int = 1000) { self.size = size }

    func stream(
      request: Procurator_Node_V1_EventsRequest, response: RPCWriter<Procurator_Node_V1_Event>, context: ServerContext
    ) async throws {
      defer { ended.add(1, ordering: .relaxed) }
      while true { try await response.write(.with { $0.what = String(repeating: "x", count: size) }) }
    }
  }

  /// An answer that nobody takes ends, and with it the work for it; one that is taken goes on.
  @Test func aStreamThatDoesNotMoveEnds() async throws {
    let service = Endless()
    try await Self.serve(Self.bounds, service) { path in
      _ = try await NodeConnection.with(socket: path) { node in
        await #expect(throws: (any Error).self) {
          try await node.events.stream(.init()) { response in
            try await eventually("the server gives up") { service.ended.load(ordering: .relaxed) == 1 }
            for try await _ in response.messages {}
          }
        }
      }
      // Longer than the timeout with those who take nothing.
      try await NodeConnection.with(socket: path) { node in
        try await node.events.stream(.init()) { response in
          let start = ContinuousClock.now
          for try await _ in response.messages where ContinuousClock.now - start > .seconds(2) { return }
        }
      }
      try await eventually("who leaves ends it as well") { service.ended.load(ordering: .relaxed) == 2 }
    }
  }

  /// An answer may be larger than gRPC takes by itself; one that is too large even so has our words.
  @Test(arguments: [5 << 20, NodeConnection.longestAnswer + 1]) func answersAreTakenUpToABound(_ size: Int) async throws
  {
    func ask(_ path: String) async throws -> Int {
      try await NodeConnection.with(socket: path) { node in
        try await node.call("read events") {
          try await node.events.stream(.init(), options: $0) { response in
            for try await event in response.messages { return event.what.utf8.count }
            return 0
          }
        }
      }
    }
    try await Self.serve(Self.bounds, Endless(of: size)) { path in
      guard size > NodeConnection.longestAnswer else { return #expect(try await ask(path) == size) }
      let failure = try await #require(throws: Failure.self) { _ = try await ask(path) }
      #expect(failure.cause.hasPrefix("the supervisor's answer is larger than this command takes (64M)"), "\(failure)")
      #expect(failure.remedy == "ask for less at a time" && failure.operation == "read events")
    }
  }

  /// It speaks HTTP/2 and calls nothing; it does not go when it is asked to.
  @Test func anIdleConnectionIsClosed() async throws {
    try await Self.serve(Self.bounds) { path in
      let clients = RawClients(path)
      await clients.connect(2, saying: RawClients.greeting)
      try await eventually("it is closed", within: 60) { clients.open == 0 }
    }
  }

  /// A connection with a call is not idle, and places come back.
  @Test func placesComeBack() async throws {
    var bounds = Self.bounds
    bounds.places = ConnectionPlaces(most: 3, each: 3)
    try await Self.serve(bounds) { path in
      for _ in 0..<3 {
        let clients = RawClients(path)
        await clients.connect(8, saying: RawClients.greeting)
        try await eventually("three have a place") { clients.open == 3 }
      }
    }
  }
}
