import Failure
import Foundation
import Linux
import Synchronization
import Testing

@testable import Hypervisor
@testable import Text

/// A guest that sends on its agent's port what nobody asked for costs its supervisor next to nothing.
@Suite(.serialized) struct AgentFloodTests {
  private static let junk: [String: [UInt8]] = [
    "short lines": Array(String(repeating: "{\"return\": {}}\n", count: 1000).utf8),
    "no end of a line": [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 16),
    "empty lines": [UInt8](repeating: 0x0a, count: 1 << 16),
    "marks": [UInt8](repeating: 0xff, count: 1 << 16),
    "one long list": Array("{\"return\":[".utf8) + Array(String(repeating: "{\"\":0},", count: 1 << 20).utf8)
      + Array("0]}\n".utf8),
  ]

  @Test(arguments: junk.keys.sorted()) func whatNobodyAskedForIsNotRead(_ kind: String) async throws {
    let piece = try #require(Self.junk[kind])
    let floods = Mutex<[Bool]>([])
    let guest = try FloodingGuest()
    let agent = try guest.agent { told in floods.withLock { $0.append(told) } }
    await agent.agentOpened()
    let (memory, processor) = (OwnUse.memory, OwnUse.processor)
    guest.flood(piece)
    try await eventually("it is told") { floods.withLock { $0 == [true] } }
    try await eventually("nobody takes any more") { guest.isStuck }
    let unasked = guest.sent
    #expect(unasked < 4 << 20, "\(unasked) bytes were taken")

    // Who asks in the middle of it gets words, in time, and it does not begin to cost.
    for _ in 0..<3 {
      let failure = try await #require(throws: Failure.self) { try await agent.ping(timeout: .seconds(20)) }
      #expect(failure.code == .exhausted || failure.code == .protocol, "\(failure)")
    }
    try await eventually("nobody takes any more") { guest.isStuck }
    #expect(guest.sent < 16 << 20)
    let grown = OwnUse.memory - min(OwnUse.memory, memory)
    print(
      "flood of \(kind): \(guest.sent >> 10) KiB taken, memory +\(grown >> 10) KiB, processor \(OwnUse.processor - processor) s"
    )
    // Other tests run beside; what was parsed would be gigabytes.
    #expect(grown < 400 << 20)

    // An agent that answers again is heard.
    guest.stop()
    guest.serve()
    try await eventually("the agent is heard again") {
      do { try await agent.ping() } catch { return false }
      return true
    }
    #expect(floods.withLock { $0 } == [true, false])
    await agent.close()
  }

  @Test func whenTheAgentComesAnewItIsHeardAtOnce() async throws {
    let guest = try FloodingGuest()
    let agent = try guest.agent()
    guest.flood(Array("noise\n".utf8), most: 1 << 20)
    try await eventually("nobody takes any more") { guest.isStuck }
    let before = guest.sent
    try await eventually("the rest is dropped, as often as it comes again") {
      await agent.agentOpened()
      return guest.sent == 1 << 20
    }
    #expect(before < 1 << 20)
    guest.serve()
    try await agent.ping()
    await agent.close()
  }

  /// An answer is bounded by what the command may answer, in bytes and in values.
  @Test func anAnswerIsNoLongerThanItsCommandsAre() async throws {
    let long = Array("{\"return\":\"".utf8) + [UInt8](repeating: 0x61, count: 70_000) + Array("\"}\n".utf8)
    let many = Array("{\"return\":[".utf8) + Array(String(repeating: "0,", count: 5000).utf8) + Array("0]}\n".utf8)
    for (answer, code) in [(long, Failure.Code.exhausted), (many, .protocol)] {
      let near = try FakePeer.start { line, _ in
        let plain = line.first == 0xff ? Array(line.dropFirst()) : line
        guard let id = (try? JSON(parsing: plain))?["arguments"]?["id"]?.integer else { return .bytes(answer) }
        return .bytes([0xff] + Array("{\"return\": \(id)}\n".utf8))
      }
      let agent = GuestAgent.adopt(near)
      await agent.agentOpened()
      let failure = try await #require(throws: Failure.self) { try await agent.ping() }
      #expect(failure.code == code, "\(failure)")
      await agent.close()
    }
  }

  /// Values take many times the bytes they are written with: 29 of them for `{"":0}`.
  @Test func aMessageHasNotMoreValuesThanItMay() throws {
    let bytes = Array("[".utf8) + Array(String(repeating: "{\"\":0},", count: 1 << 16).utf8) + Array("0]".utf8)
    #expect(throws: Failure.self) { try JSON(parsing: bytes) }
    #expect(throws: Failure.self) { try JSON(parsing: Array("[1,2,3]".utf8), maxValues: 3) }
    #expect(try JSON(parsing: Array("[1,2,3]".utf8), maxValues: 4) == [1, 2, 3])
  }
}
