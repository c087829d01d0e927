import Failure
import Foundation
import Life
import Linux
import Testing

@testable import CommandLine
@testable import NodeCore
@testable import NodeService

@Suite struct EventLogTests {
  /// A folder of this test's own.
  private static func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = "/tmp/events-\(UInt64.random(in: 0 ... .max))"
    defer { try? Files.removeFolder(folder) }
    try await body(folder)
  }

  private static func event(_ number: Int, vm: String = "a") -> HostEvent {
    HostEvent(time: Date(timeIntervalSince1970: 1000), vm: vm, name: vm, kind: .operation, what: "event \(number)")
  }

  @Test func readsBackWhatWasAppendedInOrder() async throws {
    try await Self.withFolder { folder in
      let log = EventLog(folder: folder)
      var event = Self.event(1)
      (event.from, event.to, event.generation, event.actor) = (.stopped, .starting, 7, .caller("uid 0"))
      event.why = Failure(
        .system, operation: "open", object: "x", cause: "no \"y\"\nthere", remedy: "make it", errno: 2)
      log.append(event)
      log.append(Self.event(2))
      await log.flush()
      #expect(log.segments.last(10).map(\.event) == [event, Self.event(2)])
      #expect(log.segments.last(10).map(\.sequence) == [1, 2])
      #expect(log.segments.last(1).map(\.sequence) == [2])
      #expect(log.segments.last(10, of: "b").isEmpty)
      #expect(log.trouble == nil)
    }
  }

  @Test func countsOnAfterARestart() async throws {
    try await Self.withFolder { folder in
      for round in 0..<3 {
        let log = EventLog(folder: folder)
        log.append(Self.event(round))
        await log.flush()
      }
      #expect(EventSegments(folder: folder).last(10).map(\.sequence) == [1, 2, 3])
    }
  }

  @Test func skipsALineThatACrashHasTorn() async throws {
    try await Self.withFolder { folder in
      let log = EventLog(folder: folder)
      log.append(Self.event(1))
      await log.flush()
      let whole = try Files.read(log.segments.current)
      try Files.replace(log.segments.current, with: whole + whole.dropLast(9))
      let next = EventLog(folder: folder)
      next.append(Self.event(2))
      await next.flush()
      let read = next.segments.last(10)
      #expect(read.map(\.event.what) == ["event 1", "event 2"])
      #expect(read.map(\.sequence) == [1, 2])
    }
  }

  @Test func isBoundedAndKeepsTheNewest() async throws {
    try await Self.withFolder { folder in
      let log = EventLog(folder: folder, segmentSize: 4000)
      for number in 1...500 {
        log.append(Self.event(number))
        if number % 7 == 0 { await log.flush() }
      }
      await log.flush()
      let size = LogTail.size(log.segments.current) + LogTail.size(log.segments.previous)
      // A file may be longer by what came in one go.
      #expect(size < 2 * (4000 + 4000))
      #expect((try? Files.names(in: folder))?.count == 2)
      let read = log.segments.last(1000)
      #expect(read.last?.sequence == 500)
      #expect(read.map(\.sequence) == Array((read.first?.sequence ?? 0)...500))
    }
  }

  @Test func readerLosesNothingOverRotations() async throws {
    try await Self.withFolder { folder in
      let log = EventLog(folder: folder, segmentSize: 2000)
      var cursor = log.segments.end
      var seen: [UInt64] = []
      for number in 1...300 {
        log.append(Self.event(number))
        if number % 3 == 0 {
          await log.flush()
          seen += log.segments.read(&cursor).map(\.sequence)
        }
      }
      await log.flush()
      seen += log.segments.read(&cursor).map(\.sequence)
      #expect(seen == Array(1...300))
    }
  }

  /// A reader gets pages: of a log of any size little is in memory at a time, and nothing is missing or comes twice.
  @Test func isReadInPages() async throws {
    try await Self.withFolder { folder in
      let log = EventLog(folder: folder, segmentSize: 600_000)
      for number in 1...6000 {
        log.append(Self.event(number, vm: number.isMultiple(of: 7) ? "seventh" : "other"))
        if number.isMultiple(of: 500) { await log.flush() }
      }
      await log.flush()
      let segments = log.segments
      var cursor = EventSegments.Cursor()
      var seen: [UInt64] = []
      var largest = 0
      while true {
        let page = segments.page(&cursor)
        if page.isEmpty { break }
        largest = max(largest, page.map { EventLine.bytes($0).count }.reduce(0, +))
        seen += page.map(\.sequence)
      }
      #expect(largest <= EventSegments.pageSize && seen.last == 6000)
      #expect(seen == Array((seen.first ?? 0)...6000) && seen.count > 4000, "both files")

      for count in [1, 5, 300, seen.count, 100_000, Int(UInt32.max)] {
        for vm in [nil, "seventh"] {
          var place = segments.place(ofLast: count, of: vm)
          let fitting = segments.read(&place).filter { vm == nil || $0.event.vm == vm }
          #expect(fitting == segments.last(count, of: vm), "\(count) of \(vm ?? "all")")
        }
      }
      var odd = segments.place(ofLast: 2) { $0.what.hasSuffix("50") }
      #expect(segments.read(&odd).first?.event.what == "event 5850")
      var end = segments.end
      #expect(end.sequence == 6000 && segments.page(&end).isEmpty)
    }
  }

  @Test func keepsWhatCannotBeWrittenUntilItCan() async throws {
    try await Self.withFolder { folder in
      try Files.makeFolders(folder)
      // A file where the folder should be.
      try Files.replace(folder + "/events", with: [])
      let log = EventLog(folder: folder + "/events")
      log.append(Self.event(1))
      await log.flush()
      #expect(log.trouble?.operation == "write event")
      #expect(log.trouble?.cause.contains("events that wait for room: 1") == true)
      #expect(log.unwritten == 1)
      unlink(folder + "/events")
      log.append(Self.event(2))
      await log.flush()
      #expect(log.trouble == nil && log.unwritten == 0)
      #expect(log.segments.last(10).map(\.event.what) == ["event 1", "event 2"])
    }
  }

  @Test func saysWhatWasLostWhileNothingCouldBeWritten() async throws {
    try await Self.withFolder { folder in
      try Files.makeFolders(folder)
      try Files.replace(folder + "/events", with: [])
      do {
        let log = EventLog(folder: folder + "/events", losses: folder + "/lost")
        for number in 1...EventLog.mostWaiting + 10 { log.append(Self.event(number)) }
        await log.flush()
        #expect(log.unwritten == EventLog.mostWaiting + 10)
        #expect(log.trouble?.cause.hasSuffix("lost: 10") == true)
      }
      // A life that ends meanwhile: what waited is lost as well, and the next one says so when it can.
      let next = EventLog(folder: folder + "/events", losses: folder + "/lost")
      next.append(Self.event(1))
      await next.flush()
      #expect(next.unwritten == EventLog.mostWaiting + 11)
      unlink(folder + "/events")
      await next.flush()
      #expect(next.trouble == nil && next.unwritten == 0)
      #expect(
        next.segments.last(10).map(\.event.what) == [
          "\(EventLog.mostWaiting + 10) events could not be written", "event 1",
        ])
      #expect(!Files.exists(folder + "/lost"))
    }
  }

  /// On a disk that fills up in the middle of a line nothing is there twice, and nothing is missing.
  @Test func goesOnWhenAFullDiskHasRoomAgain() async throws {
    try await Self.withFolder { folder in
      try Files.makeFolders(folder)
      let disk = try SmallDisk(folder, size: "256k")
      defer { disk.unmount() }
      let log = EventLog(folder: folder + "/events")
      log.append(Self.event(1))
      await log.flush()
      try disk.fill()
      for number in 2...200 { log.append(Self.event(number)) }
      await log.flush()
      #expect(log.trouble?.cause.contains("is full") == true)
      disk.empty()
      await log.flush()
      #expect(log.trouble == nil)
      let read = log.segments.last(1000)
      #expect(read.map(\.sequence) == Array(1...200))
      #expect(read.map(\.event.what) == (1...200).map { "event \($0)" })
    }
  }

  /// What a guest says reaches neither another line nor another field.
  @Test func linesCannotBeForged() async throws {
    try await Self.withFolder { folder in
      let log = EventLog(folder: folder)
      var event = Self.event(1)
      event.what =
        "x\n{\"sequence\":9,\"kind\":\"deleted\",\"what\":\"y\"}\n\",\"actor\":\"root(0)\u{2028}\u{85}\u{1B}[2J"
      event.why = Failure(.system, operation: "run", cause: event.what)
      log.append(event)
      await log.flush()
      let bytes = try Files.read(log.segments.current)
      #expect(bytes.count { $0 == UInt8(ascii: "\n") } == 1)
      #expect(log.segments.last(10).map(\.event) == [event])
      let line = try EventView(.init(NumberedEvent(sequence: 1, event))).text(.table)
      #expect(line.count { $0.isNewline } == 1 && !line.unicodeScalars.contains("\u{1B}"))
    }
  }

  @Test func beginsAnewWhenTheFileIsRemoved() async throws {
    try await Self.withFolder { folder in
      let log = EventLog(folder: folder)
      log.append(Self.event(1))
      await log.flush()
      unlink(log.segments.current)
      log.append(Self.event(2))
      await log.flush()
      #expect(log.segments.last(10).map(\.sequence) == [2])
    }
  }

  @Test func cutsWhatIsTooLong() async throws {
    try await Self.withFolder { folder in
      let log = EventLog(folder: folder)
      var event = Self.event(1)
      event.why = Failure(.system, operation: "run", cause: String(repeating: "x", count: 100_000))
      log.append(event)
      await log.flush()
      #expect(LogTail.size(log.segments.current) < 4000)
      #expect(log.segments.last(1).first?.event.why?.cause.hasSuffix("…") == true)
    }
  }

  @Test(arguments: [("90s", -90.0), ("10m", -600), ("2h", -7200), ("1d", -86400)])
  func readsAges(_ text: String, _ seconds: Double) throws {
    let now = Date(timeIntervalSince1970: 1_000_000)
    #expect(try EventTime.parse(text, now: now) == now.addingTimeInterval(seconds))
  }

  @Test func readsTimes() throws {
    #expect(try EventTime.parse("1970-01-01T00:01:00Z", now: Date()) == Date(timeIntervalSince1970: 60))
    #expect(try EventTime.parse("1970-01-01T00:01:00.500Z", now: Date()) == Date(timeIntervalSince1970: 60.5))
    #expect(throws: Failure.self) { try EventTime.parse("yesterday", now: Date()) }
  }
}
