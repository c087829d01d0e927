import GRPCCore
import Linux
import NIOCore
import NIOHTTP2
import NIOPosix

/// Says in the head of every call who is at the other end of its connection.
///
/// gRPC tells its handlers nothing about a peer at a Unix socket. What a client itself sends under that name is taken out.
final class PeerHeader: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame.FramePayload
  typealias InboundOut = HTTP2Frame.FramePayload

  /// Of the metadata field.
  static let name = "procurator-peer"

  private let value: String

  private init(_ peer: PeerCredentials) { value = "\(peer.uid) \(peer.pid)" }

  /// Has the stream's head say who its connection's peer is. On the stream's event loop.
  static func add(to stream: any Channel) throws {
    guard let connection = stream.parent,
      let peer = try connection.pipeline.syncOperations.withUnsafeTransportIfAvailable(
        of: NIOBSDSocket.Handle.self, { try PeerCredentials(of: $0) })
    else { throw ChannelError.operationUnsupported }
    try stream.pipeline.syncOperations.addHandler(PeerHeader(peer), position: .first)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .headers(var frame) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
    frame.headers.remove(name: Self.name)
    frame.headers.add(name: Self.name, value: value)
    context.fireChannelRead(wrapInboundOut(.headers(frame)))
  }

  /// User and process of a call's peer; nil if nobody has said it.
  static func peer(_ metadata: Metadata) -> (uid: UInt32, pid: Int32)? {
    let values = Array(metadata[stringValues: name])
    guard values.count == 1 else { return nil }
    let words = values[0].split(separator: " ")
    guard words.count == 2, let uid = UInt32(words[0]), let pid = Int32(words[1]) else { return nil }
    return (uid, pid)
  }
}
