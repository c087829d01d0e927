import Access
import FoundationEssentials
import GRPCCore
import Linux
import NIOCore
import NIOHTTP2
import NodeCore

/// Says in the head of every call who is at the other end of its connection.
///
/// gRPC tells its handlers nothing about a peer at a Unix socket, nor at a listener of ours. What a client itself sends under
/// that name is taken out.
final class PeerHeader: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame.FramePayload
  typealias InboundOut = HTTP2Frame.FramePayload

  /// Whoever is at the other end.
  enum Peer: Hashable, Sendable {
    case process(uid: UInt32, pid: Int32)
    case remote(RemoteCaller)

    /// Whether it may send what those who operate send. At a socket of this host that is a matter of the socket.
    var isTrusted: Bool { if case .remote(let caller) = self { caller.role.isTrusted } else { true } }
  }

  /// Of the metadata field.
  static let name = "procurator-peer"

  private let value: String

  /// - Parameter peer: of the stream's connection.
  init(_ peer: Peer) { value = Self.text(peer) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .headers(var frame) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
    frame.headers.remove(name: Self.name)
    frame.headers.add(name: Self.name, value: value)
    context.fireChannelRead(wrapInboundOut(.headers(frame)))
  }

  /// `UID PID`, or `ROLE ADDRESS` and, of a certificate, its serial number and name, the latter in Base64.
  static func text(_ peer: Peer) -> String {
    switch peer {
    case .process(let uid, let pid): "\(uid) \(pid)"
    case .remote(let caller):
      ([caller.role.rawValue, caller.address]
        + (caller.identity.map { [$0.serial, Data($0.name.utf8).base64EncodedString()] } ?? [])).joined(separator: " ")
    }
  }

  /// A call's peer; nil if nobody has said it.
  static func peer(_ metadata: Metadata) -> Peer? {
    let values = Array(metadata[stringValues: name])
    guard values.count == 1 else { return nil }
    let words = values[0].split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    if words.count == 2, let uid = UInt32(words[0]), let pid = Int32(words[1]) { return .process(uid: uid, pid: pid) }
    guard [2, 4].contains(words.count), let role = Role(rawValue: words[0]), !words[1].isEmpty else { return nil }
    var identity: Identity?
    if words.count == 4 {
      guard !words[2].isEmpty, let name = Data(base64Encoded: words[3]) else { return nil }
      identity = Identity(name: String(decoding: name, as: UTF8.self), role: role, serial: words[2])
    }
    return .remote(RemoteCaller(role: role, address: words[1], identity: identity))
  }
}
