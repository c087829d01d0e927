import Failure
import FoundationEssentials
import GRPCCore
import GRPCProtobuf
import Linux
import NIOCore
import NIOHPACK
import NIOHTTP2
import NodeAPI
import Text

/// Refuses a request that is larger than its socket takes, in words: gRPC itself breaks such a call off, and its client is
/// told of a lost connection. On the stream's event loop, in front of gRPC's own handler.
final class MessageLimit: ChannelDuplexHandler {
  typealias InboundIn = HTTP2Frame.FramePayload
  typealias InboundOut = HTTP2Frame.FramePayload
  typealias OutboundIn = HTTP2Frame.FramePayload
  typealias OutboundOut = HTTP2Frame.FramePayload

  private struct Refused: Error {}

  private let most: Int
  private var method = ""
  private var measure = MessageMeasure()
  private var hasHead = false
  private var isRefused = false

  /// - Parameter most: bytes of a request.
  init(_ most: Int) { self.most = most }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // What was sent before the refusal was heard.
    if isRefused { return }
    let frame = unwrapInboundIn(data)
    switch frame {
    case .headers(let head): method = head.headers.first(name: ":path") ?? method
    case .data(let data):
      if case .byteBuffer(let bytes) = data.data, let size = measure.feed(bytes.readableBytesView), size > most {
        return refuse(size, context)
      }
    default: break
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if isRefused {
      promise?.fail(Refused())
      return
    }
    if case .headers = unwrapOutboundIn(data) { hasHead = true }
    context.write(data, promise: promise)
  }

  private func refuse(_ size: Int, _ context: ChannelHandlerContext) {
    isRefused = true
    let trailers = Self.trailers(Self.failure(size, most, method), withHead: !hasHead)
    context.write(wrapOutboundOut(.headers(.init(headers: trailers, endStream: true))), promise: nil)
    // The answer is whole, and the rest of the request is not wanted (RFC 9113, 8.1).
    context.writeAndFlush(wrapOutboundOut(.rstStream(.noError)), promise: nil)
    // Whoever works on the call is told that it is over.
    context.fireChannelRead(wrapInboundOut(.rstStream(.cancel)))
  }

  /// - Parameter method: as HTTP/2 has it: `/SERVICE/METHOD`.
  static func failure(_ size: Int, _ most: Int, _ method: String) -> Failure {
    let name = method.split(separator: "/").last.map(String.init) ?? method
    return Failure(
      .invalid, operation: "take request", object: HarmlessText.line(name),
      cause: "it has \(size) bytes, and \(most) are the most at this socket", remedy: "send less at a time")
  }

  /// A status as gRPC sends it at the end of a call (its specification, "PROTOCOL-HTTP2").
  /// - Parameter withHead: whether nothing was sent before, so that the head comes along.
  static func trailers(_ failure: Failure, withHead: Bool) -> HPACKHeaders {
    let status = failure.status
    var headers: HPACKHeaders = withHead ? [":status": "200", "content-type": "application/grpc"] : [:]
    headers.add(name: "grpc-status", value: "\(status.rpcErrorCode.rawValue)")
    headers.add(name: "grpc-message", value: escaped(status.rpcErrorMessage))
    for (name, value) in status.rpcErrorMetadata {
      switch value {
      case .string(let text): headers.add(name: name, value: text)
      case .binary(let bytes): headers.add(name: name, value: Data(bytes).base64EncodedString())
      }
    }
    return headers
  }

  /// With everything but printable ASCII, and the percent sign, as `%XX`.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for byte in text.utf8 {
      if (0x20...0x7e).contains(byte), byte != UInt8(ascii: "%") {
        escaped.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        escaped += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
      }
    }
    return escaped
  }
}

/// Reads, of the messages of a call, how long each says that it is: a byte and a big-endian number of four before each.
struct MessageMeasure: Sendable {
  private var prefix: [UInt8] = []
  private var left = 0

  /// Takes the next bytes.
  /// - Returns: the largest length that was announced in them; nil if none was.
  mutating func feed(_ bytes: some Collection<UInt8>) -> Int? {
    var largest: Int?
    var rest = bytes[...]
    while let byte = rest.first {
      if left > 0 {
        let count = min(left, rest.count)
        rest = rest.dropFirst(count)
        left -= count
        continue
      }
      rest = rest.dropFirst()
      prefix.append(byte)
      guard prefix.count == 5 else { continue }
      left = prefix.dropFirst().reduce(0) { $0 << 8 | Int($1) }
      largest = max(largest ?? 0, left)
      prefix = []
    }
    return largest
  }
}
