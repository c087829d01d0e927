package import GRPCNIOTransportHTTP2Posix
package import Linux
package import NIOCore
import NIOPosix
import NodeCore
import Synchronization

/// A gRPC listener on a Unix socket that lets in so many connections, in all and of each user, and closes those that do
/// nothing. Who is over the bound is turned away before HTTP/2 is set up: that costs a descriptor for a moment.
package struct BoundedListener: HTTP2ServerTransport.ListenerFactory {
  /// Connections that wait to be let in or turned away; a client of gRPC gives up when there is no room for it. As many as
  /// Linux permits by itself (net.core.somaxconn).
  package static let backlog: Int32 = 4096

  private let socket: DescriptorCell
  private let bounds: ListenerBounds
  private let hall: Hall
  package let eventLoopGroup: any EventLoopGroup

  /// - Parameter refused: told of a user who was turned away, and why.
  package init(
    _ socket: consuming Descriptor, _ bounds: ListenerBounds, refused: @escaping @Sendable (UInt32, String) -> Void
  ) {
    self.socket = DescriptorCell(socket)
    self.bounds = bounds
    hall = Hall(bounds.places, refused)
    // It lives as long as the process.
    eventLoopGroup =
      bounds.isApart ? MultiThreadedEventLoopGroup(numberOfThreads: 1) : MultiThreadedEventLoopGroup.singleton
  }

  /// The transport that listens so.
  package func transport() -> HTTP2ServerTransport.Custom<BoundedListener> {
    var config = bounds.transport
    config.channelDebuggingCallbacks.onAcceptHTTP2Stream = { [bounds, hall] stream in
      stream.eventLoop.makeCompletedFuture {
        if let connection = stream.parent, let calls = hall.calls(of: connection) {
          calls.begin()
          stream.closeFuture.whenComplete { _ in calls.end() }
        }
        try stream.pipeline.syncOperations.addHandler(StreamWatch(bounds.stall), position: .first)
        try stream.pipeline.syncOperations.addHandler(MessageLimit(bounds.largestRequest), position: .first)
        try PeerHeader.add(to: stream)
      }
    }
    return HTTP2ServerTransport.Custom(listenerFactory: self, config: config)
  }

  package func makeListeningChannel(
    listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
    connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
  ) async throws -> NIOAsyncChannel<HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, Never> {
    guard let listener = socket.take() else { throw ChannelError.alreadyClosed }
    return try await ServerBootstrap(group: eventLoopGroup)
      // Whoever knocks very often is turned away quickly, so that the queue of those who wait does not fill.
      .serverChannelOption(.maxMessagesPerRead, value: 64)
      .serverChannelOption(.backlog, value: Self.backlog)
      .serverChannelInitializer { listenerConfigurator.configure(channel: $0) }
      .bind(listener.release()) { [bounds, hall] channel in
        channel.eventLoop.makeCompletedFuture {
          let calls = try hall.admit(channel)
          try channel.pipeline.syncOperations.addHandler(
            ConnectionWatch(calls, preface: ListenerBounds.preface, idle: bounds.idle))
        }
        .flatMap { connectionConfigurator.configure(channel: channel, tls: .none) }
        .flatMapErrorThrowing { error in
          channel.close(promise: nil)
          throw error
        }
      }
  }

  private struct TurnedAway: Error {}

  /// The places, and the calls of those who have one.
  private final class Hall: Sendable {
    private struct State: Sendable {
      var places: ConnectionPlaces
      var calls: [ObjectIdentifier: OpenCalls] = [:]
    }

    private let state: Mutex<State>
    private let refused: @Sendable (UInt32, String) -> Void

    init(_ places: ConnectionPlaces, _ refused: @escaping @Sendable (UInt32, String) -> Void) {
      state = Mutex(State(places: places))
      self.refused = refused
    }

    /// On the connection's event loop.
    func admit(_ channel: any Channel) throws -> OpenCalls {
      let peer = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
        try PeerCredentials(of: $0)
      }
      guard let peer else { throw ChannelError.operationUnsupported }
      let calls = OpenCalls()
      let name = ObjectIdentifier(channel)
      let (used, most) = Descriptor.usage()
      let shortage = most > 0 ? DescriptorBudget.shortage(used: Int(used), most: Int(most)) : nil
      let refusal = state.withLock { state in
        let isTrusted = state.places.trusted.contains(peer.uid)
        let refusal = isTrusted ? state.places.take(peer.uid) : shortage ?? state.places.take(peer.uid)
        if refusal == nil { state.calls[name] = calls }
        return refusal
      }
      if let refusal {
        refused(peer.uid, refusal)
        throw TurnedAway()
      }
      channel.closeFuture.whenComplete { [self] _ in
        state.withLock { state in
          state.places.release(peer.uid)
          state.calls[name] = nil
        }
      }
      return calls
    }

    func calls(of connection: any Channel) -> OpenCalls? { state.withLock { $0.calls[ObjectIdentifier(connection)] } }
  }
}
