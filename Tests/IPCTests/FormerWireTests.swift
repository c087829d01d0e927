import Failure
import Foundation
import IPC
import IPCFrames
import IPCPeer
import Testing

/// Whole packets as a release sent them that spoke version 2. netd refuses such a client when it greets, and tells it why in
/// words that it understands; so greeting and refusal stay what they were. What has changed since is never taken for
/// something else. The launcher's packets are read as ever: it and its supervisor are of two releases for as long as not
/// both were started again. `wire-2.tsv` has name and bytes of each, and is never changed.
@Suite struct FormerWireTests {
  @Test func eachPacketIsReadAsWhatItSaidOrNotAtAll() throws {
    var packets = try FormerPackets()
    try packets.checkPorts()
    try packets.checkRules()
    try packets.checkNumbers()
    try packets.checkNaming()
    for verb in Verb.allCases where verb != .leases {
      #expect(packets.verbs.contains(verb.rawValue), "\(verb) is kept")
    }
    try packets.checkLauncher()
    for code in Failure.Code.allCases {
      let failure = Failure(
        code, operation: "attach port", object: "web", cause: "why \(code.rawValue)", remedy: "what helps", errno: 16)
      try packets.check("refusal.\(code.rawValue)", Attach.verb, .refusal, Refusal(failure))
    }
    #expect(packets.unchecked.isEmpty, "every packet is compared")
  }

  /// Neither side of that release has a version in common with this one, and each can tell.
  @Test func theReleasesFindNoVersion() throws {
    let packets = try FormerPackets()
    let asked = try packets.body("hello", Hello.self)
    #expect(asked.newest == 2 && asked.newest < NetdVersion.oldest)
    let answered = try packets.body("hello.reply", Hello.Reply.self)
    #expect(!(Hello().oldest...Hello().newest).contains(answered.version))
  }

  /// A packet of which somebody has cut a byte, or with one more, is no message.
  @Test func noneIsReadInPart() throws {
    let packets = try FormerPackets()
    for name in ["hello.reply", "audit.reply", "refusal.state"] {
      let bytes = try #require(packets.packets[name])
      for wrong in [Array(bytes.dropLast()), bytes + [0]] {
        var decoder = Decoder(wrong)
        _ = try Frame.header(&decoder)
        #expect(throws: WireError.self) {
          switch name {
          case "hello.reply": _ = try Frame.body(Hello.Reply.self, &decoder)
          case "audit.reply": _ = try Frame.body(Audit.Reply.self, &decoder)
          default: _ = try Frame.body(Refusal.self, &decoder)
          }
        }
      }
    }
  }
}

/// The kept packets, and which of them were compared.
struct FormerPackets {
  let packets: [String: [UInt8]]
  private(set) var unchecked: Set<String>
  /// Verbs of those that were compared.
  private(set) var verbs: Set<UInt16> = []

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "wire-2.tsv")
    var packets: [String: [UInt8]] = [:]
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
      let parts = line.split(separator: "\t")
      let digits = try #require(parts.last.map { Array($0.utf8) })
      packets[String(parts[0])] = stride(from: 0, to: digits.count, by: 2).compactMap {
        UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
      }
    }
    self.packets = packets
    unchecked = Set(packets.keys)
  }

  /// The body of a packet.
  func body<M: Message>(_ name: String, _ type: M.Type) throws -> M {
    var decoder = Decoder(try #require(packets[name], "\(name) is not kept"))
    _ = try Frame.header(&decoder)
    return try Frame.body(type, &decoder)
  }

  /// Compares a packet with what it said: both ways, so that no field has moved.
  mutating func check<M: Message>(_ name: String, _ verb: UInt16, _ kind: FrameKind, _ expected: M) throws {
    let packet = try #require(packets[name], "\(name) is not kept")
    var decoder = Decoder(packet)
    let header = try Frame.header(&decoder)
    #expect(header.verb == verb && header.kind == kind, "\(name): \(header)")
    #expect(try body(name, M.self) == expected, "\(name)")
    #expect(try Frame.encode(header, expected) == packet, "\(name) is sent otherwise")
    unchecked.remove(name)
    verbs.insert(verb)
  }

  /// A packet of which the fields have changed: it is no message any more.
  mutating func outdated<M: Message>(_ name: String, _ type: M.Type) throws {
    var decoder = Decoder(try #require(packets[name], "\(name) is not kept"))
    let header = try Frame.header(&decoder)
    #expect(throws: WireError.self, "\(name)") { try body(name, M.self) }
    unchecked.remove(name)
    verbs.insert(header.verb)
  }

  /// A packet of a verb that there is no more; its number is nothing else's.
  mutating func retired(_ name: String) throws {
    var decoder = Decoder(try #require(packets[name], "\(name) is not kept"))
    #expect(Verb(rawValue: try Frame.header(&decoder).verb) == nil, "\(name)")
    unchecked.remove(name)
  }

  /// The same for a question.
  mutating func request<R: Request>(_ name: String, _ expected: R) throws {
    try check(name, R.verb, .request, expected)
  }

  /// The same for the answer to one.
  mutating func reply<R: Request>(_ name: String, _ type: R.Type, _ expected: R.Reply) throws {
    try check("\(name).reply", R.verb, .reply, expected)
  }
}
