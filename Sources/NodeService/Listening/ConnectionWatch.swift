import NIOCore
import Synchronization

/// Calls that are under way on one connection, and since when there are none.
final class OpenCalls: Sendable {
  private let state = Mutex((count: 0, since: NIODeadline.now()))

  func begin() { state.withLock { $0.count += 1 } }

  func end() {
    state.withLock { state in
      state.count -= 1
      state.since = .now()
    }
  }

  /// When the last call has ended, or the connection was made; nil while there are calls.
  var idleSince: NIODeadline? { state.withLock { $0.count == 0 ? $0.since : nil } }
}

/// Closes a connection that never speaks HTTP/2, and one on which nothing was called for a time. gRPC asks an idle one to go,
/// and then waits for its answer; this does not.
final class ConnectionWatch: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// `PRI * HTTP/2.0…` of RFC 9113, 3.4.
  private static let prefaceLength = 24
  /// What a client has between gRPC's asking and the end.
  private static let grace: TimeAmount = .seconds(5)

  private let calls: OpenCalls
  private let preface: TimeAmount
  private let idle: TimeAmount
  private var received = 0
  private var next: Scheduled<Void>?

  init(_ calls: OpenCalls, preface: TimeAmount, idle: TimeAmount) {
    (self.calls, self.preface, self.idle) = (calls, preface, idle)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let watch = NIOLoopBound(self, eventLoop: context.eventLoop)
    let channel = context.channel
    next = context.eventLoop.scheduleTask(in: preface) {
      if watch.value.received < Self.prefaceLength { channel.close(promise: nil) } else { watch.value.look(channel) }
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) { next?.cancel() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received += unwrapInboundIn(data).readableBytes
    context.fireChannelRead(data)
  }

  private func look(_ channel: any Channel) {
    let end = (calls.idleSince ?? .now()) + idle + Self.grace
    guard end > .now() else { return channel.close(promise: nil) }
    let watch = NIOLoopBound(self, eventLoop: channel.eventLoop)
    next = channel.eventLoop.scheduleTask(deadline: end) { watch.value.look(channel) }
  }
}

/// Ends a call whose answer its client does not take: what waits for it is little, but its place is somebody else's.
final class StreamWatch: ChannelInboundHandler {
  typealias InboundIn = Any
  typealias InboundOut = Any

  private let timeout: TimeAmount
  private var end: Scheduled<Void>?

  init(_ timeout: TimeAmount) { self.timeout = timeout }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    end?.cancel()
    end = nil
    if !context.channel.isWritable {
      let channel = context.channel
      end = context.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
    }
    context.fireChannelWritabilityChanged()
  }

  func handlerRemoved(context: ChannelHandlerContext) { end?.cancel() }
}
