import Failure
import Foundation
import Linux
import Synchronization
import Testing

@testable import Hypervisor
@testable import Text

@Suite struct GuestAgentTests {
  /// An agent that first answers the sync, with rubbish of an earlier conversation before it.
  private func agent(
    opened: Bool = true, _ rule: @escaping @Sendable (String, JSON) -> FakePeer.Reply
  ) async throws -> GuestAgent {
    let near = try FakePeer.start { line, _ in
      let plain = line.first == 0xff ? Array(line.dropFirst()) : line
      guard let message = try? JSON(parsing: plain), let command = message["execute"]?.string else { return .hangUp }
      guard command == "guest-sync-delimited" else { return rule(command, message["arguments"] ?? [:]) }
      let id = message["arguments"]?["id"]?.integer ?? 0
      return .bytes(Array("{\"return\": 99}\n{\"return\":".utf8) + [0xff] + Array("{\"return\": \(id)}\n".utf8))
    }
    let agent = GuestAgent.adopt(near)
    if opened { await agent.agentOpened() }
    return agent
  }

  private static func reply(_ text: String) -> FakePeer.Reply { .bytes(Array((text + "\n").utf8)) }

  @Test func nothingIsWrittenWhileNobodyListens() async throws {
    let heard = Mutex(0)
    let near = try FakePeer.start { _, _ in
      heard.withLock { $0 += 1 }
      return .silence
    }
    let agent = GuestAgent.adopt(near)
    let failure = try await #require(throws: Failure.self) { try await agent.ping() }
    #expect(heard.withLock { $0 } == 0)
    #expect(failure.code == .unavailable && failure.cause == "guest agent not connected" && !failure.remedy.isEmpty)
  }

  @Test func pingAfterRubbish() async throws {
    let agent = try await agent { _, _ in Self.reply(#"{"return": {}}"#) }
    try await agent.ping()
    try await agent.ping()
  }

  @Test func execCollectsOutput() async throws {
    let polls = Mutex(0)
    let agent = try await agent { command, arguments in
      switch command {
      case "guest-exec":
        let right =
          arguments["path"] == "sh" && arguments["arg"] == ["-c", "x"] && arguments["env"] == ["A=b"]
          && arguments["input-data"]?.string == Data("in".utf8).base64EncodedString()
          && arguments["capture-output"] == true
        return right ? Self.reply(#"{"return": {"pid": 7}}"#) : .hangUp
      default:
        let count = polls.withLock {
          $0 += 1; return $0
        }
        if count < 4 { return Self.reply(#"{"return": {"exited": false}}"#) }
        return Self.reply(#"{"return":{"exited":true,"exitcode":3,"out-data":"b3V0","err-data":"ZXJy"}}"#)
      }
    }
    let result = try await agent.exec("sh", arguments: ["-c", "x"], environment: ["A=b"], input: Array("in".utf8))
    #expect(result.end == .exited(3) && result.shellStatus == 3 && !result.isTruncated)
    #expect(result.output == Array("out".utf8) && result.errors == Array("err".utf8))
  }

  @Test func signalsAndLimits() async throws {
    let agent = try await agent { command, _ in
      command == "guest-exec"
        ? Self.reply(#"{"return": {"pid": 7}}"#) : Self.reply(#"{"return":{"exited":true,"signal":9}}"#)
    }
    #expect(try await agent.exec("x").shellStatus == 137)
    let failure = try await #require(throws: Failure.self) {
      _ = try await agent.exec("x", input: [UInt8](repeating: 0, count: GuestInput.most + 1))
    }
    #expect(failure.code == .invalid)
  }

  @Test func aProgramThatDoesNotEndIsATimeout() async throws {
    let agent = try await agent { command, _ in
      Self.reply(command == "guest-exec" ? #"{"return": {"pid": 7}}"# : #"{"return": {"exited": false}}"#)
    }
    let failure = try await #require(throws: Failure.self) {
      _ = try await agent.exec("sleep", timeout: .milliseconds(40))
    }
    #expect(failure.code == .timeout && failure.cause.contains("pid 7"))
  }

  @Test func afterATimeoutItGetsInStepAgain() async throws {
    let late = Mutex<Bool>(true)
    let agent = try await agent { command, _ in
      if command == "guest-info",
        late.withLock({
          let was = $0; $0 = false; return was
        })
      {
        return .silence
      }
      // The answer to the lost request comes before that of the next one.
      return Self.reply(command == "guest-get-time" ? #"{"return": 5}"# : #"{"return": {"version": "old"}}"#)
    }
    let failure = try await #require(throws: Failure.self) {
      _ = try await agent.request("guest-info", timeout: .milliseconds(30))
    }
    #expect(failure.code == .timeout)
    #expect(try await agent.time() == 5)
  }

  @Test func refusalsAreTyped() async throws {
    let agent = try await agent { _, _ in
      Self.reply(#"{"error": {"class": "CommandNotFound", "desc": "The command guest-x has been disabled"}}"#)
    }
    let failure = try await #require(throws: Failure.self) { _ = try await agent.request("guest-x") }
    #expect(failure.code == .unsupported && failure.object == "guest-x")
  }

  @Test func closingThePortFailsTheRequest() async throws {
    let (heard, asked) = AsyncStream.makeStream(of: Void.self)
    let agent = try await agent { _, _ in
      asked.yield()
      return .silence
    }
    let task = Task { try await agent.request("guest-info", timeout: .seconds(60)) }
    for await _ in heard { break }
    await agent.agentClosed()
    await #expect(throws: Failure.self) { _ = try await task.value }
    #expect(await agent.isConnected == false)
  }

  @Test func requestsKeepTheirOrder() async throws {
    let agent = try await agent { _, arguments in Self.reply("{\"return\": \(arguments["n"]?.integer ?? -1)}") }
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<40 as Range<Int64> {
        group.addTask {
          try await agent.request("echo", arguments: ["n": .integer(number)]) == .integer(number)
        }
      }
      for try await right in group { #expect(right) }
    }
  }

  @Test func shutdownNeedsNoAnswer() async throws {
    let agent = try await agent { _, _ in .hangUp }
    try await agent.shutdown(.powerdown)
  }

  @Test func interfacesAreRead() async throws {
    let agent = try await agent { _, _ in
      Self.reply(
        #"{"return":[{"name":"lo"},{"name":"eth0","hardware-address":"02:50:0a:64:03:11","ip-addresses":"#
          + #"[{"ip-address":"10.100.3.17","ip-address-type":"ipv4","prefix":24}]}]}"#)
    }
    let interfaces = try await agent.networkInterfaces()
    #expect(interfaces.map(\.name) == ["lo", "eth0"])
    #expect(interfaces.last?.addresses.map { "\($0.address)/\($0.prefix) \($0.isIPv6)" } == ["10.100.3.17/24 false"])
  }
}
