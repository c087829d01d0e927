import IPC
import IPCFrames
import IPCNames
import IPCPeer
import Seeded

/// The third walk over a message's description: fills it in at random.
struct RandomCoder: Coder, ~Copyable {
  var random: SeededRandom
  /// Every one-byte field becomes 1, which every flag and enumeration takes.
  let isTame: Bool

  mutating func integer<I: FixedWidthInteger & BitwiseCopyable>(_ value: inout I) throws(WireError) {
    if MemoryLayout<I>.size <= 2, isTame || Bool.random(using: &random) {
      value = 1
    } else {
      value = I.random(in: I.min...I.max, using: &random)
    }
  }

  mutating func trailing(_ value: inout UInt64) throws(WireError) {
    value = Bool.random(using: &random) ? UInt64.random(in: 1...UInt64.max, using: &random) : 0
  }

  mutating func text(_ value: inout String, max: Int) throws(WireError) {
    let letters = ["a", "Z", "9", "-", "é", "€", "😀", " ", "\n", "\u{7f}"]
    value = ""
    for _ in 0..<Int.random(in: 0...min(max, 40), using: &random) {
      let next = letters.randomElement(using: &random) ?? ""
      if value.utf8.count + next.utf8.count <= max { value += next }
    }
  }

  mutating func list<Element: WireDefault>(
    _ value: inout [Element], max: Int, _ element: (inout RandomCoder, inout Element) throws(WireError) -> Void
  ) throws(WireError) {
    value = []
    for _ in 0..<Int.random(in: 0...min(max, 6), using: &random) {
      var next = Element()
      try element(&self, &next)
      value.append(next)
    }
  }
}

/// A message of any type, with what the tests do to it.
struct Specimen: Sendable {
  let name: String
  /// Makes one at random, encodes it, decodes it: nil if that gave the same, else what went wrong.
  let roundTrip: @Sendable (UInt64) -> String?
  /// Decodes a body; true if it was a message. Must give the same bytes when encoded again.
  let decode: @Sendable ([UInt8]) -> Bool
  /// What a body says, in words; nil if it is no message.
  let words: @Sendable ([UInt8]) -> String?
  /// A well-formed packet.
  let packet: @Sendable (UInt64) -> [UInt8]

  /// - Parameter kept: The type's name in the kept packets; nil if it is still called so.
  init<M: Message>(_ type: M.Type, as kept: String? = nil) {
    name = kept ?? String(reflecting: type)
    @Sendable func make(_ seed: UInt64) -> M {
      for isTame in [false, true] {
        var message = M()
        var coder = RandomCoder(random: SeededRandom(seed: seed), isTame: isTame)
        if (try? message.fields(&coder)) != nil { return message }
      }
      return M()
    }
    let header = FrameHeader(id: 7, verb: 1, kind: .reply)
    roundTrip = { seed in
      let message = make(seed)
      do {
        var decoder = Decoder(try Frame.encode(header, message))
        guard try Frame.header(&decoder) == header else { return "another header" }
        let back = try Frame.body(M.self, &decoder)
        return back == message ? nil : "\(message) became \(back)"
      } catch { return "\(error) for \(message)" }
    }
    decode = { bytes in
      var decoder = Decoder(bytes)
      guard let message = try? Frame.body(M.self, &decoder) else { return false }
      guard let again = try? Frame.encode(header, message) else { return false }
      precondition(Array(again.dropFirst(Wire.headerSize)) == bytes, "\(M.self): two encodings of one message")
      return true
    }
    words = { bytes in
      var decoder = Decoder(bytes)
      guard let message = try? Frame.body(M.self, &decoder) else { return nil }
      let words = "\(message)".replacing("\n", with: "\\n")
      // What was sent before a guest's hardware address could be chosen has none.
      if words.hasPrefix("Attach("), words.hasSuffix(", mac: 0)") { return words.dropLast(", mac: 0)".count) + ")" }
      // Pages were answers of their own when the packets were kept.
      return words.hasPrefix("Page<Entry>(") ? "Reply(" + words.dropFirst("Page<Entry>(".count) : words
    }
    packet = { seed in (try? Frame.encode(header, make(seed))) ?? [] }
  }

  static let all: [Specimen] = [
    Specimen(Hello.self), Specimen(Hello.Reply.self), Specimen(Keep.self), Specimen(Keep.Reply.self),
    Specimen(Attach.self), Specimen(Attach.Reply.self), Specimen(Detach.self), Specimen(Empty.self, as: "IPC.Empty"),
    Specimen(Device.self), Specimen(Ports.self), Specimen(Ports.Reply.self, as: "IPC.Ports.Reply"),
    Specimen(Audit.self),
    Specimen(Audit.Reply.self), Specimen(Forget.self), Specimen(Forget.Reply.self),
    Specimen(Refusal.self, as: "IPC.Refusal"),
    Specimen(LaunchPlan.self), Specimen(Notifications.self), Specimen(Notifications.Reply.self),
    Specimen(Policy.self), Specimen(Forward.self), Specimen(Forward.Reply.self), Specimen(Forwards.self),
    Specimen(Forwards.Reply.self, as: "IPC.Forwards.Reply"), Specimen(Counters.self), Specimen(Counters.Reply.self),
    Specimen(Watch.self), Specimen(Shards.self), Specimen(Shards.Reply.self, as: "IPC.Shards.Reply"),
    Specimen(Leases.self), Specimen(Greet.self), Specimen(Greet.Reply.self), Specimen(TellName.self),
    Specimen(TellDomains.self),
  ]
}
