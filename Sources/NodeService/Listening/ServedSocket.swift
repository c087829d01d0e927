package import Failure
package import GRPCCore
import Glibc
package import Linux
package import NodeCore
import Synchronization

/// A server at a path. When the socket's file is removed it is made again, with another server on it; calls on the old one
/// go on.
package final class ServedSocket<Transport: ServerTransport>: Sendable {
  package typealias Server = GRPCServer<Transport>

  package let path: String
  /// What its troubles are called.
  private let subject: String
  private let listen: (@Sendable () throws(Failure) -> DescriptorCell)?
  private let serve: @Sendable (DescriptorCell) throws(Failure) -> Server
  private let troubles: HostTroubles
  private let state: Mutex<State>
  private let ticks: AsyncStream<Void>
  private let ticking: AsyncStream<Void>.Continuation

  private struct State {
    var server: Server
    var place: SocketPlace?
  }

  /// How often the file is looked at.
  private static var interval: Duration { .seconds(1) }

  /// - Parameters:
  ///   - given: a socket that systemd has opened, which systemd alone can make again.
  ///   - listen: makes the socket.
  ///   - serve: makes a server on it.
  package init(
    _ path: String, subject: String, given: consuming Descriptor? = nil, troubles: HostTroubles,
    listen: @escaping @Sendable () throws(Failure) -> DescriptorCell,
    serve: @escaping @Sendable (DescriptorCell) throws(Failure) -> Server
  ) throws(Failure) {
    self.path = path
    self.subject = subject
    self.serve = serve
    self.troubles = troubles
    let socket: DescriptorCell
    if let given = given.take() {
      socket = DescriptorCell(given)
      self.listen = nil
    } else {
      socket = try listen()
      self.listen = listen
    }
    (ticks, ticking) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    state = Mutex(State(server: try serve(socket), place: SocketPlace(path)))
  }

  /// The server that new clients reach.
  package var server: Server { state.withLock { $0.server } }

  /// Serves until it is told to end, or cancelled.
  package func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      let first = server
      group.addTask {
        defer { self.ended(first) }
        try await first.serve()
      }
      group.addTask {
        while !Task.isCancelled {
          try? await Task.sleep(for: Self.interval)
          if case .terminated = self.ticking.yield() { return }
        }
      }
      for await _ in ticks {
        guard let next = look() else { continue }
        group.addTask {
          defer { self.ended(next) }
          try await next.serve()
        }
      }
      try await group.waitForAll()
    }
  }

  /// Takes no new calls; those that there are go on.
  package func beginGracefulShutdown() {
    ticking.finish()
    server.beginGracefulShutdown()
  }

  /// Removes the file, if it is still the socket's.
  package func remove() {
    guard listen != nil, let place = state.withLock({ $0.place }), place.presence == .there else { return }
    unlink(path)
  }

  private func ended(_ server: Server) {
    if state.withLock({ $0.server === server }) { ticking.finish() }
  }

  /// - Returns: a server on a new socket, if one had to be made.
  private func look() -> Server? {
    let presence = state.withLock { $0.place?.presence ?? .gone }
    switch presence {
    case .there:
      troubles.note(subject, nil, well: "\(path) is there again")
      return nil
    case .replaced:
      troubles.note(
        subject, .occupied(path, operation: "serve", object: path, so: "new commands do not reach it"), well: "")
      return nil
    case .gone: return makeAgain()
    }
  }

  private func makeAgain() -> Server? {
    let cause = "somebody has removed its socket"
    guard let listen else {
      troubles.note(
        subject,
        Failure(
          .notFound, operation: "serve", object: path, cause: cause + ", and it was opened by systemd",
          remedy: "restart the socket's unit: systemctl restart vmsupervisor.socket"), well: "")
      return nil
    }
    do throws(Failure) {
      let next = try serve(try listen())
      let old = state.withLock { state in
        let old = state.server
        state = State(server: next, place: SocketPlace(path))
        return old
      }
      troubles.note(
        subject,
        Failure(.notFound, operation: "serve", object: path, cause: cause, remedy: "it is made again by itself"),
        well: "")
      troubles.note(subject, nil, well: "the socket \(path) was made again")
      old.beginGracefulShutdown()
      return next
    } catch {
      var failure = error
      failure.cause = "\(cause), and it cannot be made again: \(error.cause)"
      failure.remedy = "see to the folder of \(path); it is tried again every second"
      troubles.note(subject, failure, well: "")
      return nil
    }
  }
}
