import Access
import NIOCore
import NIOTLS

/// Who is at the other end of a connection with TLS, in its pipeline.
///
/// A session that is resumed shows no certificate (RFC 8446, 2.2), so nobody looked whether it was revoked since: such a
/// connection is closed, and its client has to begin a new session.
final class CertificateHolder: ChannelInboundHandler {
  typealias InboundIn = NIOAny
  typealias InboundOut = NIOAny

  /// What was presented, DER, the holder's own first; and whose it is.
  struct Shown: Sendable {
    var chain: [[UInt8]]
    var identity: Identity
  }

  /// On the connection's event loop.
  var shown: Shown?
  var identity: Identity? { shown?.identity }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.handshakeCompleted) = event as? TLSUserEvent, shown == nil { return context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }
}
