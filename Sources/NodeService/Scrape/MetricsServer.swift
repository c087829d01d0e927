package import Failure
import Glibc
import Linux
package import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
package import NodeCore
import Synchronization

/// Offers the board's text over HTTP: `GET /metrics`, and nothing else.
///
/// Anybody on this host may come here. So it has a thread of its own, of every connection one request is answered, within a
/// time, and all together have so many places.
package struct MetricsServer: Sendable {
  package let address: MetricsAddress
  package let board: MetricsBoard
  package let log: Logger
  package let troubles: HostTroubles

  package init(address: MetricsAddress, board: MetricsBoard, log: Logger, troubles: HostTroubles) {
    self.address = address
    self.board = board
    self.log = log
    self.troubles = troubles
  }

  /// How long it waits after a failure, and between two looks at its socket's file.
  private static let pause: Duration = .seconds(2)
  private static let interval: Duration = .seconds(1)
  /// What its troubles are called.
  private static let subject = "metrics.listen"

  /// Serves until it is cancelled. VMs do not depend on it: what hinders it is said once, and tried again.
  package func run() async {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    while !Task.isCancelled {
      do {
        let channel = try await listen(group)
        log.info("metrics at \(address)")
        troubles.note(Self.subject, nil, well: "metrics are offered at \(address)")
        await stay(channel)
      } catch {
        troubles.note(Self.subject, address.trouble(error), well: "")
        try? await Task.sleep(for: Self.pause)
      }
    }
    try? await group.shutdownGracefully()
  }

  /// Stays until it is cancelled, or the socket's file is gone, so that nobody finds it there any more.
  private func stay(_ channel: any Channel) async {
    let place: SocketPlace? = if case .unix(let path) = address { SocketPlace(path) } else { nil }
    while channel.isActive {
      do { try await Task.sleep(for: Self.interval) } catch { break }
      guard case .unix(let path) = address else { continue }
      let presence = place?.presence ?? .gone
      switch presence {
      case .there: troubles.note(Self.subject, nil, well: "metrics are offered at \(address)")
      case .replaced: troubles.note(Self.subject, address.isOccupied(path), well: "")
      case .gone:
        troubles.note(
          Self.subject,
          Failure(
            .notFound, operation: MetricsAddress.operation, object: "\(address)",
            cause: "somebody has removed its socket",
            remedy: "it is made again by itself"), well: "")
      }
      if presence == .gone { break }
    }
    if let place, place.presence == .there { unlink(place.path) }
    try? await channel.close()
  }

  private func listen(_ group: MultiThreadedEventLoopGroup) async throws -> any Channel {
    let text = SharedText(board)
    let hall = Hall()
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 256)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let number = hall.admit(channel)
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(RequestLimit())
          try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: true)
          try pipeline.addHandler(MetricsConnection(text: text) { hall.answer(number) })
        }
      }
    switch address {
    case .network(let host, let port): return try await bootstrap.bind(host: host, port: port).get()
    case .unix(let path):
      let socket = try UnixSocket.listen(path, .stream, mode: 0o660)
      return try await bootstrap.withBoundSocket(socket.release()).get()
    }
  }
}

/// The seats with the connections on them.
private final class Hall: Sendable {
  private struct State: Sendable {
    var connections = ScrapeConnections()
    var channels: [UInt64: any Channel] = [:]
  }

  private let state = Mutex(State())

  /// Gives a connection its seat, another one's if need be.
  func admit(_ channel: any Channel) -> UInt64 {
    let client = Self.client(of: channel)
    let (number, leaving) = state.withLock { state in
      let (number, instead) = state.connections.admit(client)
      state.channels[number] = channel
      return (number, instead.flatMap { state.channels.removeValue(forKey: $0) })
    }
    leaving?.cutOff()
    channel.closeFuture.whenComplete { [weak self] _ in
      self?.state.withLock { state in
        state.connections.leave(number)
        state.channels[number] = nil
      }
    }
    return number
  }

  func answer(_ number: UInt64) { state.withLock { $0.connections.answer(number) } }

  /// Whose it is: an address, or a user of this host.
  private static func client(of channel: any Channel) -> String {
    if let address = channel.remoteAddress?.ipAddress { return address }
    let uid = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
      try PeerCredentials(of: $0).uid
    }
    return uid.map { "uid \($0)" } ?? ""
  }
}

extension MetricsAddress {
  /// What is being done when there is trouble.
  fileprivate static let operation = "offer metrics at"

  /// What keeps metrics from being offered there.
  package func trouble(_ error: any Error) -> Failure {
    let number = (error as? IOError)?.errnoCode ?? (error as? Failure)?.errno ?? 0
    if case .unix(let path) = self, number == EEXIST, !Files.isSocket(path) { return isOccupied(path) }
    var owner = "ls -l names its owner"
    if case .network(_, let port) = self { owner = "as root: ss -ltnp 'sport = \(port)' names it" }
    let other = "set MetricsListen= in vmsupervisor.conf to another address and restart the supervisor"
    switch number {
    case EADDRINUSE, EEXIST:
      return Failure(
        .exists, operation: Self.operation, object: "\(self)", cause: "another process listens there",
        remedy: "end that one (\(owner)): it is tried again by itself; or \(other)", errno: number)
    case EADDRNOTAVAIL:
      return Failure(
        .notFound, operation: Self.operation, object: "\(self)", cause: "this host does not have that address",
        remedy: "give it the address: it is tried again by itself; or \(other)", errno: number)
    default:
      let cause =
        number != 0 ? Errno(number).description : "\((error as? Failure)?.cause ?? "it cannot be listened there")"
      return Failure(
        .system, operation: Self.operation, object: "\(self)", cause: cause,
        remedy: "it is tried again by itself; or \(other)", errno: number)
    }
  }

  /// Somebody else's file is where the socket should be.
  fileprivate func isOccupied(_ path: String) -> Failure {
    .occupied(path, operation: Self.operation, object: "\(self)", so: "whoever asks for metrics does not reach it")
  }
}

extension MetricsAddress: CustomStringConvertible {
  package var description: String {
    switch self {
    case .network(let host, let port): "http://\(host.contains(":") ? "[\(host)]" : host):\(port)/metrics"
    case .unix(let path): "unix:\(path)"
    }
  }
}
