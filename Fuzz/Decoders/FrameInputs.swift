import IPC
import IPCFrames
import IPCNames
import IPCPeer

/// Packets: what is a message is so in one encoding only.
enum FrameInputs {
  /// Every question of every protocol; their answers come with them. A new verb is one line here.
  static let bodies: [Body] =
    Body.both(Hello.self)
    + Body.both(Keep.self)
    + Body.both(Attach.self)
    + Body.both(Detach.self)
    + Body.both(Device.self)
    + Body.both(Ports.self)
    + Body.both(Audit.self)
    + Body.both(Forget.self)
    + Body.both(Policy.self)
    + Body.both(Forward.self)
    + Body.both(Forwards.self)
    + Body.both(Counters.self)
    + Body.both(Watch.self)
    + Body.both(Shards.self)
    + Body.both(Leases.self)
    + Body.both(Notifications.self)
    + Body.both(LaunchPlan.self)
    + Body.both(Greet.self)
    + Body.both(TellName.self)
    + Body.both(TellDomains.self)

  static func fault(_ input: UnsafeRawBufferPointer) -> String? {
    let packet = Array(input.prefix(Wire.maxFrame))
    var decoder = Decoder(packet)
    guard let header = try? Frame.header(&decoder) else { return nil }
    if header.kind == .refusal { return Body.fault(Refusal.self, packet) }
    // Two protocols may give one number to different verbs.
    for body in bodies where body.kind == header.kind && body.verb == header.verb {
      if let fault = body.fault(packet) { return fault }
    }
    return nil
  }

  /// A type of message and where it is found.
  struct Body: Sendable {
    let verb: UInt16
    let kind: FrameKind
    /// What is wrong with the way a packet is read as this type.
    let fault: @Sendable ([UInt8]) -> String?

    static func both<R: Request>(_ type: R.Type) -> [Body] {
      [
        Body(verb: R.verb, kind: .request) { fault(R.self, $0) },
        Body(verb: R.verb, kind: .reply) { fault(R.Reply.self, $0) },
      ]
    }

    static func fault<M: Message>(_ type: M.Type, _ packet: [UInt8]) -> String? {
      var decoder = Decoder(packet)
      guard let header = try? Frame.header(&decoder), let message = try? Frame.body(M.self, &decoder) else {
        return nil
      }
      guard let again = try? Frame.encode(header, message) else { return "\(M.self) is decoded and cannot be encoded" }
      return again == packet ? nil : "\(M.self) has a second encoding: \(again)"
    }
  }
}
