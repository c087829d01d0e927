import Failure
import Foundation
import Linux
import Synchronization
import Testing

@testable import Hypervisor
@testable import Text

/// Running programs by an agent that is slow, silent, or does not tell all.
@Suite struct GuestProgramTests {
  /// An agent that gets in step and then answers by a rule.
  static func agent(_ rule: @escaping @Sendable (String, JSON) -> FakePeer.Reply) async throws -> GuestAgent {
    let near = try FakePeer.start { line, _ in
      let plain = line.first == 0xff ? Array(line.dropFirst()) : line
      guard let message = try? JSON(parsing: plain), let command = message["execute"]?.string else { return .hangUp }
      if command == "guest-sync-delimited" {
        let id = message["arguments"]?["id"]?.integer ?? 0
        if case .silence = rule(command, [:]) { return .silence }
        return .bytes([0xff] + Array("{\"return\": \(id)}\n".utf8))
      }
      return rule(command, message["arguments"] ?? [:])
    }
    let agent = GuestAgent.adopt(near)
    await agent.agentOpened()
    return agent
  }

  private static func reply(_ text: String) -> FakePeer.Reply { .bytes(Array((text + "\n").utf8)) }

  @Test func aSilentAgentTakesNoMoreThanTheTimeGiven() async throws {
    for silent in ["guest-sync-delimited", "guest-exec", "guest-exec-status"] {
      let agent = try await Self.agent { command, _ in
        if command == silent { return .silence }
        return Self.reply(#"{"return": {"pid": 7}}"#)
      }
      let outcome = try await agent.run(GuestProgram("x"), timeout: .seconds(6))
      #expect(outcome == .late(.agentSilent), "\(silent)")
    }
  }

  /// Waiting for another's request counts too, and ends when the caller goes away.
  @Test func whoWaitsForATurnHasADeadlineAndMayLeave() async throws {
    let agent = try await Self.agent { command, _ in command == "guest-sync-delimited" ? Self.reply("{}") : .silence }
    let first = Task { try await agent.request("guest-info", timeout: .seconds(60)) }
    try await eventually("it is asked") { await agent.isConnected }
    let late = try await #require(throws: Failure.self) {
      // The first may still be on its way to its turn.
      while true { _ = try await agent.request("guest-ping", deadline: .now + .milliseconds(100)) }
    }
    #expect(late.code == .timeout)
    let leaving = Task { try await agent.request("guest-ping", timeout: .seconds(60)) }
    leaving.cancel()
    let left = try await #require(throws: Failure.self) { _ = try await leaving.value }
    #expect(left.cause == "cancelled")
    first.cancel()
    _ = try? await first.value
  }

  /// A guest whose program has ended while something else holds its output.
  @Test(arguments: ["gone", "zombie", "lives", "no table"]) func whetherAProgramHasEndedIsAskedOfTheGuest(
    _ kind: String
  ) async throws {
    let own = Data("1 (init) S 0".utf8).base64EncodedString()
    let its = Data((kind == "zombie" ? "7 (a) b) Z 1" : "7 (a) b) S 1").utf8).base64EncodedString()
    let opened = Mutex("")
    let ended = Mutex(false)
    let looks = Mutex(0)
    let agent = try await Self.agent { command, arguments in
      switch command {
      case "guest-exec": return Self.reply(#"{"return": {"pid": 7}}"#)
      case "guest-exec-status":
        let isOver = ended.withLock { $0 }
        return Self.reply(isOver ? #"{"return": {"exited": true, "exitcode": 0}}"# : #"{"return": {"exited": false}}"#)
      case "guest-file-open":
        let path = arguments["path"]?.string ?? ""
        looks.withLock { $0 += 1 }
        opened.withLock { $0 = path }
        let isMissing = kind == "no table" || kind == "gone" && path == "/proc/7/stat"
        guard isMissing else { return Self.reply(#"{"return": 1000}"#) }
        return Self.reply(
          #"{"error": {"class": "GenericError", "desc": "failed to open file 'x' (mode: 'r'): No such file or directory"}}"#
        )
      case "guest-file-seek": return Self.reply(#"{"return": {"position": 0, "eof": false}}"#)
      case "guest-file-read":
        let text = opened.withLock { $0 } == "/proc/7/stat" ? its : own
        return Self.reply("{\"return\": {\"count\": 9, \"buf-b64\": \"\(text)\", \"eof\": true}}")
      default: return Self.reply(#"{"return": {}}"#)
      }
    }
    let told = Mutex(0)
    let isHeld = kind == "gone" || kind == "zombie"
    let running = Task {
      try await agent.run(GuestProgram("a"), timeout: .seconds(600)) { told.withLock { $0 += 1 } }
    }
    if isHeld {
      try await eventually("it is told") { told.withLock { $0 } == 1 }
      ended.withLock { $0 = true }
      #expect(try await running.value == .ended(GuestProgramTests.good))
    } else {
      try await eventually("it was looked at") { looks.withLock { $0 } > 1 }
      running.cancel()
      _ = try? await running.value
    }
    #expect(told.withLock { $0 } == (isHeld ? 1 : 0))
  }

  private static let good = GuestProgramResult(
    end: .exited(0), output: [], errors: [], isOutputTruncated: false, areErrorsTruncated: false)

  @Test func aDelayIsSaidInWords() {
    let held = GuestProgramDelay.outputHeld(pid: 7).failure("a", .seconds(3))
    #expect(held.code == .timeout && held.cause.contains("after 3s") && held.cause.contains("holds its output"))
    let runs = GuestProgramDelay.runs(pid: 7).failure("a", .milliseconds(1500))
    #expect(runs.cause.contains("after 1.5s") && runs.cause.contains("pid 7") && !runs.cause.contains("holds"))
    #expect(GuestProgramDelay.agentSilent.failure("a", .seconds(3)).cause.contains("has not answered within 3s"))
  }

  @Test func theStatusOfAShell() {
    let said = { (why: String) in "Guest agent command failed, error was 'Failed to execute child process “x” (\(why))'"
    }
    let statuses: [(String, Int32)] = [
      ("No such file or directory", 127), ("Permission denied", 126), ("Exec format error", 126), ("Out of memory", 1),
    ]
    for (why, status) in statuses { #expect(GuestProgramRefusal(words: said(why)).shellStatus == status, "\(why)") }
  }

  /// Old agents send the word only when something was dropped, and then with the value false.
  @Test func droppedOutputIsNoticed() throws {
    let full = JSON.string(Data(repeating: 0, count: GuestAgent.outputLimit).base64EncodedString())
    let status: JSON = ["exited": true, "exitcode": 3, "out-data": full, "out-truncated": false, "err-data": "YQ=="]
    let result = try GuestAgent.result(status)
    #expect(result.isOutputTruncated && !result.areErrorsTruncated && result.end == .exited(3))
    let short: JSON = ["exited": true, "exitcode": 0, "out-data": "YQ==", "out-truncated": false]
    #expect(try !GuestAgent.result(short).isTruncated)
  }

  @Test func whatTheAgentCannotCarryIsRefused() async throws {
    let agent = try await Self.agent { _, _ in .hangUp }
    let programs = [
      GuestProgram("a\0b"), GuestProgram("a", arguments: ["x", "y\0"]), GuestProgram("a", environment: ["=x"]),
      GuestProgram("a", environment: ["A"]), GuestProgram(""),
      GuestProgram("a", input: [UInt8](repeating: 0, count: GuestInput.most + 1)),
    ]
    for program in programs {
      let failure = try await #require(throws: Failure.self) { _ = try await agent.run(program) }
      #expect(failure.code == .invalid && !failure.remedy.isEmpty, "\(failure)")
    }
  }

  @Test(arguments: [UInt64.max, UInt64(Int64.max) + 1, UInt64(Int64.max), 0]) func anOffsetMayBeAnyNumber(
    _ offset: UInt64
  ) async throws {
    let agent = try await Self.agent { command, _ in
      switch command {
      case "guest-file-open": Self.reply(#"{"return": 1000}"#)
      case "guest-file-seek": Self.reply(#"{"return": {"position": 9223372036854775807, "eof": false}}"#)
      case "guest-file-read": Self.reply(#"{"return": {"count": 3, "buf-b64": "YWJj", "eof": false}}"#)
      default: Self.reply(#"{"return": {}}"#)
      }
    }
    if offset > UInt64(Int64.max) {
      let failure = try await #require(throws: Failure.self) { _ = try await agent.read("/x", from: offset, limit: 3) }
      #expect(failure.code == .invalid)
    } else {
      let part = try await agent.read("/x", from: offset, limit: 3)
      #expect(part.data == Array("abc".utf8) && part.isEnd == (offset > 0))
    }
  }

  /// What is given up is closed in the guest all the same.
  @Test func aFileThatIsGivenUpIsClosed() async throws {
    let closed = Mutex(false)
    let isAsked = Mutex(false)
    let agent = try await Self.agent { command, _ in
      switch command {
      case "guest-file-open": return Self.reply(#"{"return": 1000}"#)
      case "guest-file-write":
        isAsked.withLock { $0 = true }
        return .silence
      case "guest-file-close":
        closed.withLock { $0 = true }
        return Self.reply(#"{"return": {}}"#)
      default: return Self.reply(#"{"return": {}}"#)
      }
    }
    let writing = Task { try await agent.write([1, 2, 3], to: "/x") }
    try await eventually("it is being written") { isAsked.withLock { $0 } }
    writing.cancel()
    await #expect(throws: Failure.self) { try await writing.value }
    try await eventually("it is closed") { closed.withLock { $0 } }
  }
}
