package import GRPCNIOTransportHTTP2Posix
import Glibc
package import NIOCore
import NIOPosix

/// What a gRPC socket gives its clients together, one user, and one connection.
package struct ListenerBounds: Sendable {
  package var places: ConnectionPlaces
  /// Calls at a time on one connection (HTTP/2, SETTINGS_MAX_CONCURRENT_STREAMS); clients wait with more.
  var calls: Int
  /// Bytes of a request.
  var largestRequest: Int
  /// How long a connection may be without a call.
  package var idle: TimeAmount
  /// How long an answer may wait for a client that does not take it. A person who pages through a log takes such time.
  package var stall: TimeAmount
  /// After how long a silent client is asked whether it is still there, and how long it has to answer. Of one on the same host
  /// the kernel tells that it is gone.
  var keepalive: (after: Duration, timeout: Duration)?

  /// Threads of its own, which live as long as the process; nil for those that all others share.
  var threads: MultiThreadedEventLoopGroup?

  /// Bytes of a request of those who may only look.
  static let smallRequest = 64 << 10

  /// How long a connection may be before it speaks HTTP/2; TLS included. A client on the same host has no
  /// reason to wait, and for one far away it is plenty.
  static let preface: TimeAmount = .seconds(10)

  /// The socket of those who operate. Control planes keep connections, and clients of gRPC come back by themselves to one
  /// that was closed for idleness.
  package static func operators(_ share: Int) -> ListenerBounds {
    ListenerBounds(
      places: ConnectionPlaces(most: share, each: max(1, share / 4), reserve: share / 8, trusted: [0, geteuid()]),
      calls: 128, largestRequest: 4 << 20, idle: .minutes(30), stall: .minutes(10))
  }

  /// The socket of those who may only look.
  package static func readers(_ share: Int) -> ListenerBounds {
    ListenerBounds(
      places: ConnectionPlaces(most: share, each: max(1, share / 4), trusted: [0, geteuid()]),
      calls: 16, largestRequest: smallRequest, idle: .minutes(1), stall: .minutes(1), threads: lookers)
  }

  /// What these ask for, and what whoever reaches the network has us compute for a handshake, is not done where operators of this
  /// host are served.
  private static let lookers = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private static let strangers = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  /// The network. Control planes keep connections; several may come through one address.
  package static func network(_ share: Int) -> ListenerBounds {
    ListenerBounds(
      places: ConnectionPlaces(most: share, each: max(1, share / 2), trusted: []), calls: 128,
      largestRequest: 4 << 20, idle: .minutes(30), stall: .minutes(2),
      keepalive: (after: .seconds(60), timeout: .seconds(20)), threads: strangers)
  }

  /// gRPC's own settings. Idle connections are told to go first, and closed by `ConnectionWatch` if they do not.
  package var transport: HTTP2ServerTransport.Custom<BoundedListener>.Config {
    var config = HTTP2ServerTransport.Custom<BoundedListener>.Config.defaults
    config.http2.maxConcurrentStreams = calls
    config.rpc.maxRequestPayloadSize = largestRequest
    config.connection.maxIdleTime = .nanoseconds(idle.nanoseconds)
    if let keepalive {
      config.connection.keepalive.time = keepalive.after
      config.connection.keepalive.timeout = keepalive.timeout
    }
    return config
  }
}
