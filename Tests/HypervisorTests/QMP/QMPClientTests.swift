import Failure
import Foundation
import Glibc
import Linux
import Testing

@testable import HypervisorQEMU
@testable import Text

let fakeGreeting =
  #"{"QMP":{"version":{"qemu":{"micro":22,"minor":2,"major":7},"package":""},"capabilities":["oob"]}}"# + "\r\n"

@Suite struct QMPClientTests {
  /// A monitor that answers by command name.
  private func monitor(_ rule: @escaping @Sendable (String, JSON, Int) -> FakePeer.Reply) throws -> Descriptor {
    try FakePeer.start(greeting: fakeGreeting) { line, descriptors in
      guard let message = try? JSON(parsing: line), let command = message["execute"]?.string else { return .hangUp }
      if command == "qmp_capabilities" { return Self.reply(message, [:]) }
      return rule(command, message, descriptors)
    }
  }

  private static func reply(_ message: JSON, _ value: JSON) -> FakePeer.Reply {
    guard let bytes = try? JSON.object(["return": value, "id": message["id"] ?? .null]).bytes() else { return .hangUp }
    return .bytes(bytes + [0x0d, 0x0a])
  }

  @Test func commandsAndEvents() async throws {
    let client = try await QMPClient.adopt(
      monitor { command, message, _ in
        guard command == "query-status", case .bytes(let answer) = Self.reply(message, ["status": "running"]) else {
          return .hangUp
        }
        let event =
          #"{"event":"SHUTDOWN","data":{"guest":true,"reason":"guest-shutdown"},"timestamp":{"seconds":5,"microseconds":7}}"#
        return .bytes(Array("\(event)\r\n".utf8) + answer)
      })
    #expect(client.version == QEMUVersion(7, 2, 22))
    #expect(try await client.queryStatus() == .running)
    var events = client.events.makeAsyncIterator()
    let event = try #require(await events.next())
    #expect(event.kind == .shutdown(guest: true, reason: "guest-shutdown") && event.microseconds == 5_000_007)
    await client.close()
    #expect(await events.next() == nil)
  }

  @Test func whatIsAskedWithTheNegotiation() async throws {
    let client = try await QMPClient.adopt(
      monitor { command, message, _ in
        guard command == "query-status" else {
          return .bytes(
            Array(#"{"error":{"class":"GenericError","desc":"no"},"id":\#(message["id"]?.integer ?? 0)}"#.utf8) + [0x0a]
          )
        }
        return Self.reply(message, ["status": "paused"])
      }, asking: ["query-status", "query-balloon"])
    #expect(client.firstAnswers.count == 2)
    #expect(try client.firstAnswers[0].get()["status"]?.string == "paused")
    #expect(throws: Failure.self) { try client.firstAnswers[1].get() }
    // Its numbers are not given out again.
    #expect(try await client.queryStatus() == .paused)
  }

  @Test func aMonitorThatGreetsAndStaysSilent() async throws {
    let failure = try await #require(throws: Failure.self) {
      _ = try await QMPClient.adopt(
        monitor { _, _, _ in .silence }, asking: ["query-status"], timeout: .milliseconds(50))
    }
    #expect(failure.code == .timeout && !failure.cause.contains("another client"))
  }

  @Test func refusalsAreTyped() async throws {
    let client = try await QMPClient.adopt(
      monitor { command, message, _ in
        let answer = JSON.object([
          "id": message["id"] ?? .null, "error": ["class": "CommandNotFound", "desc": "no such"],
        ])
        return .bytes(((try? answer.bytes()) ?? []) + [0x0a])
      })
    let failure = try await #require(throws: Failure.self) { _ = try await client.execute("frobnicate") }
    #expect(failure.code == .unsupported && failure.object == "frobnicate" && failure.cause == "no such")
  }

  @Test func theEndFailsWhatWaits() async throws {
    let client = try await QMPClient.adopt(monitor { _, _, _ in .hangUp })
    for _ in 0..<2 {
      let failure = try await #require(throws: Failure.self) { _ = try await client.execute("stop") }
      #expect(failure.code == .unavailable)
    }
    var events = client.events.makeAsyncIterator()
    #expect(await events.next() == nil)
    try await client.quit()
  }

  @Test func aLateAnswerIsDropped() async throws {
    let client = try await QMPClient.adopt(
      monitor { command, message, _ in
        command == "stop" ? .silence : Self.reply(message, ["status": "paused"])
      })
    let failure = try await #require(throws: Failure.self) {
      _ = try await client.execute("stop", timeout: .milliseconds(30))
    }
    #expect(failure.code == .timeout)
    #expect(try await client.queryStatus() == .paused)
  }

  @Test func cancellationEndsTheWait() async throws {
    let (heard, asked) = AsyncStream.makeStream(of: Void.self)
    let client = try await QMPClient.adopt(
      monitor { _, _, _ in
        asked.yield()
        return .silence
      })
    let task = Task { try await client.execute("stop", timeout: .seconds(60)) }
    for await _ in heard { break }
    task.cancel()
    await #expect(throws: Failure.self) { _ = try await task.value }
  }

  @Test func aBusyMonitorIsATimeout() async throws {
    let failure = try await #require(throws: Failure.self) {
      let near = try FakePeer.start { _, _ in .silence }
      _ = try await QMPClient.adopt(near, timeout: .milliseconds(50))
    }
    #expect(failure.code == .timeout && failure.cause.contains("another client"))
  }

  @Test func rubbishEndsTheConversation() async throws {
    let client = try await QMPClient.adopt(monitor { _, _, _ in .bytes(Array("hello\n".utf8)) })
    let failure = try await #require(throws: Failure.self) { _ = try await client.execute("stop") }
    #expect(failure.code == .protocol)
  }

  @Test func descriptorsTravelWithTheCommand() async throws {
    let client = try await QMPClient.adopt(
      monitor { _, message, descriptors in Self.reply(message, .integer(Int64(descriptors))) })
    let null = Descriptor(owning: open("/dev/null", O_RDWR | O_CLOEXEC))
    #expect(try await client.execute("add-fd", passing: null) == 1)
    #expect(try await client.execute("query-fdsets") == 0)
  }

  @Test func manyCommandsAtOnceFindTheirAnswers() async throws {
    let client = try await QMPClient.adopt(
      monitor { _, message, _ in Self.reply(message, message["arguments"] ?? .null) })
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<100 as Range<Int64> {
        group.addTask {
          let filler = JSON.string(String(repeating: "x", count: 20_000))
          let arguments: JSON = ["n": .integer(number), "filler": filler]
          return try await client.execute("echo", arguments: arguments) == arguments
        }
      }
      for try await right in group { #expect(right) }
    }
  }

  @Test func aMissingSocketIsNotFound() async throws {
    let failure = try await #require(throws: Failure.self) { _ = try await QMPClient.connect(path: "/nonexistent/qmp") }
    #expect(failure.code == .notFound)
  }
}
