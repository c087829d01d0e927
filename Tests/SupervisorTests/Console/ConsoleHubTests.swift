import Failure
import Glibc
import Linux
import Testing

@testable import NodeCore

@Suite struct ConsoleHubTests {
  private static func request(_ name: String, _ change: (inout ConsoleHub.Request) -> Void = { _ in })
    -> ConsoleHub.Request
  {
    var request = ConsoleHub.Request(name: name)
    change(&request)
    return request
  }

  @Test func thePastComesFirstThenWhatComes() async throws {
    let line = try FakeLine()
    try line.write("before\none\ntwo\n")
    let hub = line.hub()
    hub.connect(line.socketPath)
    try line.accept()
    let all = try await FakeReader(hub, Self.request("a"))
    let some = try await FakeReader(hub, Self.request("b") { ($0.isReadOnly, $0.past) = (true, .lines(1)) })
    let none = try await FakeReader(hub, Self.request("c") { ($0.isReadOnly, $0.past) = (true, .lines(0)) })
    try line.write("live")
    for (reader, text, past) in [
      (all, "before\none\ntwo\nlive", "before\none\ntwo\n"), (some, "two\nlive", "two\n"), (none, "live", ""),
    ] {
      try await reader.until("everything") { $0.text == text }
      #expect(reader.past == past && reader.missed == 0 && reader.offset == 19)
    }
    #expect(hub.bytes == 4)
  }

  @Test func oneTypesAndAnotherTakesOver() async throws {
    let line = try FakeLine()
    let hub = line.hub()
    hub.connect(line.socketPath)
    try line.accept()
    let first = try await FakeReader(hub, Self.request("uid 1"))
    let refusal = await #expect(throws: Failure.self) { _ = try await hub.subscribe(Self.request("uid 2")) }
    #expect(
      refusal?.code == .exists && refusal?.cause.contains("uid 1") == true && refusal?.remedy.contains("--take") == true
    )
    let second = try await FakeReader(hub, Self.request("uid 2") { $0.yields = true })
    try await second.until("hears who is there") { $0.notices.contains { $0.contains("uid 1 (typing)") } }
    #expect(second.notices.contains { $0.contains("you are reading") })
    try await first.until("hears who came") { $0.notices.contains { $0.contains("uid 2 has joined, reading") } }
    #expect(try hub.type(Array("one".utf8), from: first.subscriber.number))
    #expect(try line.typed(3) == "one")
    #expect(try !hub.type(Array("no".utf8), from: second.subscriber.number))

    try hub.take(second.subscriber.number)
    try await first.until("is told by whom") { $0.notices.contains { $0.contains("uid 2 has taken the keyboard") } }
    #expect(try hub.type(Array("two".utf8), from: second.subscriber.number))
    #expect(try line.typed(3) == "two")
    #expect(try !hub.type(Array("no".utf8), from: first.subscriber.number))
    // Who was taken from still reads.
    try line.write("both see this")
    for reader in [first, second] { try await reader.until("reads") { $0.text == "both see this" } }

    let third = try await FakeReader(hub, Self.request("uid 3") { $0.takes = true })
    #expect(try hub.type(Array("three".utf8), from: third.subscriber.number))
    hub.unsubscribe(third.subscriber.number)
    try await first.until("hears that it is free") { $0.notices.contains { $0.contains("nobody has the keyboard") } }
    let looker = try await FakeReader(hub, Self.request("uid 4") { $0.isReadOnly = true })
    #expect(throws: Failure.self) { try hub.take(looker.subscriber.number) }
    #expect(throws: Failure.self) { try hub.type([1], from: looker.subscriber.number) }
  }

  @Test func aSlowReaderLosesForItselfAlone() async throws {
    let line = try FakeLine()
    let hub = line.hub(history: 64 << 10)
    hub.connect(line.socketPath)
    try line.accept()
    let fast = try await FakeReader(hub, Self.request("fast"))
    let slow = try await FakeReader(hub, Self.request("slow") { $0.isReadOnly = true })
    var sent = ""
    for number in 0..<400 {
      let block = "block \(number) " + String(repeating: "x", count: 1000) + "\n"
      sent += block
      try line.write(block)
      let length = sent.utf8.count
      try await fast.until("keeps up") { $0.text.utf8.count == length }
    }
    #expect(fast.text == sent && fast.missed == 0)
    try await slow.until("has caught up") { $0.text.hasSuffix("\n") && $0.offset == fast.offset }
    #expect(slow.missed > 0 && slow.missed + UInt64(slow.text.utf8.count) == sent.utf8.count)
    #expect(sent.hasSuffix(slow.text) && slow.text.utf8.count <= 64 << 10)
    #expect(hub.droppedBytes == slow.missed && hub.memory <= 64 << 10)
    // Nobody there: no memory.
    hub.unsubscribe(fast.subscriber.number)
    hub.unsubscribe(slow.subscriber.number)
    #expect(hub.memory == 0)
  }

  /// The supervisor dies and comes back: the log has what was written meanwhile, and numbers join the two.
  @Test func goesOnWhereItWasAfterARestart() async throws {
    let line = try FakeLine()
    var old: ConsoleHub? = line.hub()
    old?.connect(line.socketPath)
    try line.accept()
    let before = try await FakeReader(try #require(old), Self.request("a"))
    try line.write("seen ")
    try await before.until("sees") { $0.text == "seen " }
    let place = before.offset
    old?.close()
    old = nil
    line.hangUp()
    try line.write("while away ")

    let new = line.hub()
    new.connect(line.socketPath)
    try line.accept()
    try line.write("and after")
    let after = try await FakeReader(new, Self.request("a") { $0.past = .from(place) })
    try await after.until("goes on") { $0.text == "while away and after" }
    #expect(after.past == "" && after.missed == 0)
  }

  /// QEMU writes some bytes twice to the log when the socket is full; nobody sees bytes twice, then or later.
  @Test func aLogThatHasMoreThanCameIsPutRight() async throws {
    let line = try FakeLine()
    let hub = line.hub()
    hub.connect(line.socketPath)
    try line.accept()
    let reader = try await FakeReader(hub, Self.request("a"))
    try line.write("abc")
    try await reader.until("reads") { $0.text == "abc" }
    let twin = try Files.open(line.logPath, O_WRONLY | O_APPEND)
    try Files.writeAll(Array("c".utf8), to: twin.raw)
    try line.write("def")
    try await reader.until("the numbers agree") { $0.text == "abcdef" && $0.offset == 7 }
    try await eventually("the ring is given back") { hub.memory == 0 }
    let later = try await FakeReader(hub, Self.request("b") { ($0.isReadOnly, $0.past) = (true, .from(7)) })
    try line.write("g")
    try await later.until("reads") { $0.text == "g" }
  }

  /// A full disk: what is not in the log is shown all the same, and no number is given twice.
  @Test func aLogThatHasLessThanCameIsPutRight() async throws {
    let line = try FakeLine()
    let hub = line.hub()
    hub.connect(line.socketPath)
    try line.accept()
    let reader = try await FakeReader(hub, Self.request("a"))
    try line.write("abc", logged: false)
    try await reader.until("reads") { $0.text == "abc" && $0.offset == 3 }
    try await eventually("the log's numbers go on from there") { hub.log.extent?.upperBound == 3 }
    try line.write("def")
    try await reader.until("reads") { $0.text == "abcdef" && $0.offset == 6 }
    #expect(hub.log.extent?.upperBound == 6)
  }

  @Test func staysOverAStopAndStart() async throws {
    let line = try FakeLine()
    let hub = line.hub()
    hub.connect(line.socketPath)
    try line.accept()
    let stays = try await FakeReader(hub, Self.request("a") { $0.stays = true })
    let leaves = try await FakeReader(hub, Self.request("b") { $0.isReadOnly = true })
    try line.write("last words")
    line.hangUp()
    try await leaves.until("ends") { $0.hasEnded && $0.text == "last words" }
    try await stays.until("is told") { $0.text == "last words" && $0.notices.contains { $0.contains("has ended") } }
    #expect(!hub.isConnected && !stays.hasEnded)
    #expect(try !hub.type([65], from: stays.subscriber.number))
    await #expect(throws: Failure.self) { _ = try await hub.subscribe(Self.request("c")) }

    // The next hypervisor writes before anybody listens.
    try line.write("firmware ")
    hub.connect(line.socketPath)
    try line.accept()
    try line.write("boots")
    try await stays.until("sees all of it") { $0.text == "last wordsfirmware boots" }
    #expect(stays.notices.contains { $0.contains("started again") })
    #expect(try hub.type(Array("keys".utf8), from: stays.subscriber.number))
    #expect(try line.typed(4) == "keys")
    hub.guestWasReset()
    hub.guestWasReset()
    try await stays.until("is told once") { $0.notices.filter { $0.contains("has restarted") }.count == 1 }
    hub.finish()
    try await stays.until("ends") { $0.hasEnded && $0.notices.contains { $0.contains("deleted") } }
  }
}
