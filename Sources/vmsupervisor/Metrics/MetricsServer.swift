import Failure
import Glibc
import Linux
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Offers the board's text over HTTP: `GET /metrics`, and nothing else.
struct MetricsServer: Sendable {
  let address: MetricsAddress
  let board: MetricsBoard
  let log: Logger
  let troubles: HostTroubles

  /// Seconds that a scraper may be silent.
  private static let patience: Int64 = 10
  private static let pause: Duration = .seconds(2)
  /// What its troubles are called.
  private static let subject = "metrics.listen"
  /// Scrapers at the same time; others are turned away.
  private static let mostSeats = 16

  /// Serves until it is cancelled. VMs do not depend on it: what hinders it is said once, and tried again.
  func run() async {
    while !Task.isCancelled {
      do {
        let channel = try await listen()
        log.info("metrics at \(address)")
        troubles.note(Self.subject, nil, well: "metrics are offered at \(address)")
        await withTaskCancellationHandler {
          try? await channel.closeFuture.get()
        } onCancel: {
          channel.close(promise: nil)
        }
        if case .unix(let path) = address { unlink(path) }
      } catch {
        troubles.note(Self.subject, address.trouble(error), well: "")
      }
      try? await Task.sleep(for: Self.pause)
    }
  }

  private func listen() async throws -> any Channel {
    let board = board
    let seats = Seats()
    let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.backlog, value: 16)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard seats.take(upTo: Self.mostSeats) else { throw ChannelError.eof }
          channel.closeFuture.whenComplete { _ in seats.giveBack() }
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(IdleStateHandler(allTimeout: .seconds(Self.patience)))
          try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true)
          try pipeline.addHandler(MetricsHandler(board: board))
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

extension MetricsAddress {
  /// What keeps metrics from being offered there.
  func trouble(_ error: any Error) -> Failure {
    let number = (error as? IOError)?.errnoCode ?? (error as? Failure)?.errno ?? 0
    var owner = "ls -l names its owner"
    if case .network(_, let port) = self { owner = "as root: ss -ltnp 'sport = \(port)' names it" }
    let other = "set MetricsListen= in vmsupervisor.conf to another address and restart the supervisor"
    switch number {
    case EADDRINUSE, EEXIST:
      return Failure(
        .exists, step: "offer metrics at", object: "\(self)", cause: "another process listens there",
        cure: "end that one (\(owner)): it is tried again by itself; or \(other)", errno: number)
    case EADDRNOTAVAIL:
      return Failure(
        .notFound, step: "offer metrics at", object: "\(self)", cause: "this host does not have that address",
        cure: "give it the address: it is tried again by itself; or \(other)", errno: number)
    default:
      let cause =
        number != 0 ? Errno(number).description : "\((error as? Failure)?.cause ?? "it cannot be listened there")"
      return Failure(
        .system, step: "offer metrics at", object: "\(self)", cause: cause,
        cure: "it is tried again by itself; or \(other)", errno: number)
    }
  }
}

extension MetricsAddress: CustomStringConvertible {
  var description: String {
    switch self {
    case .network(let host, let port): "http://\(host.contains(":") ? "[\(host)]" : host):\(port)/metrics"
    case .unix(let path): "unix:\(path)"
    }
  }
}

/// Counts connections.
private final class Seats: Sendable {
  private let taken = Mutex(0)

  func take(upTo most: Int) -> Bool {
    taken.withLock { taken in
      guard taken < most else { return false }
      taken += 1
      return true
    }
  }

  func giveBack() { taken.withLock { $0 -= 1 } }
}

/// One connection.
private final class MetricsHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let board: MetricsBoard
  private var head: HTTPRequestHead?

  init(board: MetricsBoard) { self.board = board }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    // A scrape has no body; what comes all the same is read and dropped.
    case .body: break
    case .end:
      if let head { answer(head, context) }
      head = nil
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func answer(_ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let path = request.uri.prefix { $0 != "?" }
    var headers = HTTPHeaders()
    let text: [UInt8]
    let status: HTTPResponseStatus
    if path != "/metrics" {
      (status, text) = (.notFound, Array("There is only /metrics here.\n".utf8))
      headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
    } else if request.method != .GET && request.method != .HEAD {
      (status, text) = (.methodNotAllowed, [])
      headers.add(name: "Allow", value: "GET, HEAD")
    } else {
      let syntax = MetricSyntax(accept: request.headers["accept"].joined(separator: ","))
      (status, text) = (.ok, board.text(syntax))
      headers.add(name: "Content-Type", value: syntax.contentType)
    }
    headers.add(name: "Content-Length", value: "\(text.count)")
    if !request.isKeepAlive { headers.add(name: "Connection", value: "close") }
    let head = HTTPResponseHead(version: request.version, status: status, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if request.method != .HEAD {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: text)))), promise: nil)
    }
    let isLast = !request.isKeepAlive
    let channel = context.channel
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
      if isLast { channel.close(promise: nil) }
    }
  }
}
