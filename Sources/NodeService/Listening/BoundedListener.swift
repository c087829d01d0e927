package import GRPCNIOTransportHTTP2Posix
package import Linux
package import NIOCore
import NIOPosix
import NodeCore
import Synchronization

/// A gRPC listener that lets in so many connections, in all and of each peer, and closes those that do nothing. Who is over the
/// bound is turned away before TLS and HTTP/2 are set up: that costs a descriptor for a moment.
package struct BoundedListener: HTTP2ServerTransport.ListenerFactory {
  /// Connections that wait to be let in or turned away; a client of gRPC gives up when there is no room for it. As many as
  /// Linux permits by itself (net.core.somaxconn).
  package static let backlog: Int32 = 4096

  private let socket: DescriptorCell
  private let entrance: Entrance
  private let bounds: ListenerBounds
  private let hall: Hall
  private let bound: @Sendable () -> Void
  package let eventLoopGroup: any EventLoopGroup

  /// - Parameters:
  ///   - socket: bound; it need not listen.
  ///   - entrance: how it is learned who comes there.
  ///   - bound: told when it listens.
  ///   - refused: told of a peer who was turned away, and why.
  package init(
    _ socket: consuming Descriptor, _ bounds: ListenerBounds, _ entrance: Entrance = .local,
    bound: @escaping @Sendable () -> Void = {}, refused: @escaping @Sendable (ConnectionPeer, String) -> Void
  ) {
    self.socket = DescriptorCell(socket)
    self.entrance = entrance
    self.bounds = bounds
    self.bound = bound
    hall = Hall(bounds.places, refused)
    eventLoopGroup = bounds.threads ?? .singleton
  }

  /// The transport that listens so.
  package func transport() -> HTTP2ServerTransport.Custom<BoundedListener> {
    var config = bounds.transport
    config.channelDebuggingCallbacks.onAcceptHTTP2Stream = { [entrance, bounds, hall] stream in
      stream.eventLoop.makeCompletedFuture {
        guard let connection = stream.parent else { throw ChannelError.operationUnsupported }
        if let calls = hall.calls(of: connection) {
          calls.begin()
          stream.closeFuture.whenComplete { _ in calls.end() }
        }
        try stream.pipeline.syncOperations.addHandler(StreamWatch(bounds.stall), position: .first)
        let caller = try entrance.caller(at: connection)
        let largest = caller.isTrusted ? bounds.largestRequest : min(bounds.largestRequest, ListenerBounds.smallRequest)
        try stream.pipeline.syncOperations.addHandler(MessageLimit(largest), position: .first)
        try stream.pipeline.syncOperations.addHandler(PeerHeader(caller), position: .first)
      }
    }
    return HTTP2ServerTransport.Custom(listenerFactory: self, config: config)
  }

  package func makeListeningChannel(
    listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
    connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
  ) async throws -> NIOAsyncChannel<HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, Never> {
    guard let listener = socket.take() else { throw ChannelError.alreadyClosed }
    let channel = try await ServerBootstrap(group: eventLoopGroup)
      // Whoever knocks very often is turned away quickly, so that the queue of those who wait does not fill.
      .serverChannelOption(.maxMessagesPerRead, value: 64)
      .serverChannelOption(.backlog, value: Self.backlog)
      .serverChannelInitializer { listenerConfigurator.configure(channel: $0) }
      .bind(listener.release()) { [entrance, bounds, hall] channel in
        channel.eventLoop.makeCompletedFuture {
          let peer = try entrance.peer(of: channel)
          let calls = try hall.admit(channel, peer)
          if case .certified(let gate) = entrance {
            try gate.guardConnection(channel) { hall.turnAway(peer, $0) }
          }
          // Behind TLS: it is what was said in there that counts.
          try channel.pipeline.syncOperations.addHandler(
            ConnectionWatch(calls, preface: ListenerBounds.preface, idle: bounds.idle))
        }
        .flatMap { connectionConfigurator.configure(channel: channel, tls: entrance.tls) }
        .flatMapErrorThrowing { error in
          channel.close(promise: nil)
          throw error
        }
      }
    bound()
    return channel
  }

  private struct TurnedAway: Error {}

  /// The places, and the calls of those who have one.
  private final class Hall: Sendable {
    private struct State: Sendable {
      var places: ConnectionPlaces
      var calls: [ObjectIdentifier: OpenCalls] = [:]
    }

    private let state: Mutex<State>
    private let refused: @Sendable (ConnectionPeer, String) -> Void

    init(_ places: ConnectionPlaces, _ refused: @escaping @Sendable (ConnectionPeer, String) -> Void) {
      state = Mutex(State(places: places))
      self.refused = refused
    }

    /// On the connection's event loop.
    func admit(_ channel: any Channel, _ peer: ConnectionPeer) throws -> OpenCalls {
      let calls = OpenCalls()
      let name = ObjectIdentifier(channel)
      let (used, most) = Descriptor.usage()
      let shortage = most > 0 ? DescriptorBudget.shortage(used: Int(used), most: Int(most)) : nil
      let refusal = state.withLock { state in
        let isTrusted = state.places.trusted.contains(peer)
        let refusal = isTrusted ? state.places.take(peer) : shortage ?? state.places.take(peer)
        if refusal == nil { state.calls[name] = calls }
        return refusal
      }
      if let refusal {
        refused(peer, refusal)
        throw TurnedAway()
      }
      channel.closeFuture.whenComplete { [self] _ in
        state.withLock { state in
          state.places.release(peer)
          state.calls[name] = nil
        }
      }
      return calls
    }

    /// Says why a peer is not let in.
    func turnAway(_ peer: ConnectionPeer, _ why: String) { refused(peer, why) }

    func calls(of connection: any Channel) -> OpenCalls? { state.withLock { $0.calls[ObjectIdentifier(connection)] } }
  }
}
