import Failure
import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import NodeCore

/// A guest's service that never ends its first line.
@Suite struct EndlessAnswerTests {
  /// Writes `x` for as long as anybody takes it, and counts the connections that were closed on it.
  private final class Endless: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let part = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1000)

    func channelActive(context: ChannelHandlerContext) { more(context) }
    func channelWritabilityChanged(context: ChannelHandlerContext) { more(context) }
    private func more(_ context: ChannelHandlerContext) {
      while context.channel.isActive, context.channel.isWritable {
        context.writeAndFlush(wrapOutboundOut(part), promise: nil)
      }
    }
  }

  @Test func whoNeverEndsALineIsLeftAtOnce() async throws {
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Endless()) }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let port = try #require(server.localAddress?.port)
    // Were it read on to the time limit, that would be the failure.
    let failure = try #require(await Self.failure(port, .seconds(600)))
    #expect(failure.code == .protocol && failure.cause.contains("does not answer in HTTP"), "\(failure)")
    try await server.close()
  }

  private static func failure(_ port: Int, _ timeout: Duration) async -> Failure? {
    do throws(Failure) {
      try await GuestProbe.get("/", from: .init(host: "127.0.0.1", port: port), timeout: timeout)
      return nil
    } catch { return error }
  }
}
