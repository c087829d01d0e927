import Glibc
import NIOCore
import NIOHTTP1
import NodeCore

/// One connection of a scraper: one request, one answer, and a time limit for both together.
///
/// Nothing is read behind the request, and an answer whose reader is slow goes with its connection: whoever sends much and
/// reads nothing costs a place, and that only until the time is up.
final class MetricsConnection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// From the connection to the last byte of the answer. Prometheus gives up after ten seconds of its own accord.
  static let limit: TimeAmount = .seconds(10)

  private let text: SharedText
  private let whenAsked: @Sendable () -> Void
  private var head: HTTPRequestHead?
  private var isAnswered = false
  private var deadline: Scheduled<Void>?

  init(text: SharedText, whenAsked: @escaping @Sendable () -> Void) {
    self.text = text
    self.whenAsked = whenAsked
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let channel = context.channel
    deadline = context.eventLoop.scheduleTask(in: Self.limit) { channel.cutOff() }
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isAnswered else { return }
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    // A scrape has no body; what comes all the same is read and dropped, up to the limit of a request.
    case .body: break
    case .end:
      guard let head else { return }
      isAnswered = true
      // There is no second one.
      _ = try? context.channel.syncOptions?.setOption(.autoRead, value: false)
      whenAsked()
      answer(head, context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func answer(_ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let path = request.uri.prefix { $0 != "?" }
    var headers = HTTPHeaders([("Connection", "close")])
    let body: ByteBuffer
    let status: HTTPResponseStatus
    if path != "/metrics" {
      (status, body) = (.notFound, ByteBuffer(string: "There is only /metrics here.\n"))
      headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
    } else if request.method != .GET && request.method != .HEAD {
      (status, body) = (.methodNotAllowed, ByteBuffer())
      headers.add(name: "Allow", value: "GET, HEAD")
    } else {
      let syntax = MetricSyntax(accept: request.headers["accept"].joined(separator: ","))
      (status, body) = (.ok, text.text(syntax, at: .now))
      headers.add(name: "Content-Type", value: syntax.contentType)
    }
    headers.add(name: "Content-Length", value: "\(body.readableBytes)")
    let head = HTTPResponseHead(version: request.version, status: status, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if request.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
    let channel = context.channel
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
  }
}

/// Ends a connection on which more comes than a scrape has.
final class RequestLimit: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// Bytes of a request; Prometheus sends about 300.
  static let most = 16 << 10
  private var taken = 0

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    taken += unwrapInboundIn(data).readableBytes
    guard taken <= Self.most else { return context.channel.cutOff() }
    context.fireChannelRead(data)
  }
}

extension Channel {
  /// Closes at once, and throws away what was not read: the kernel does not keep it for a reader that does not come.
  package func cutOff() {
    guard let socket = self as? any SocketOptionProvider else { return close(promise: nil) }
    socket.setSoLinger(Glibc.linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in self.close(promise: nil) }
  }
}
