import Failure
import Foundation
import Life
import Linux
import Testing

@testable import NodeCore
@testable import VMSpec

/// Numbers in our own files that nobody can count on from.
@Suite struct StrangeNumbersTests {
  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = "/tmp/pcnumbers\(UInt32.random(in: 0 ... .max))"
    defer { try? Files.removeFolder(folder) }
    try await body(folder)
  }

  @Test(arguments: [
    ("generation", "18446744073709551615"), ("restarts", "18446744073709551615"), ("attempts", "9223372036854775807"),
    ("attempts", "-1"), ("startSeconds", "1e300"), ("vcpus", "9223372036854775807"), ("vcpus", "-1"),
    ("memory", "18446744073709551615"), ("size", "18446744073709551615"), ("sinceBoot", "-1e300"),
    ("seconds", "1e300"), ("attempt", "9223372036854775807"), ("number", "9223372036854775807"), ("index", "-1"),
  ]) func aRecordWithSuchANumberIsQuarantined(key: String, value: String) async throws {
    try await withFolder { folder in
      let store = RecordStore(paths: Paths(state: folder + "/lib", runtime: folder + "/run"))
      try store.prepare()
      let disk = DiskSpec(size: 1 << 20)
      var record = Record(
        id: .random(),
        spec: VMSpec(name: "web", memory: 1 << 28, boot: .firmware(.bios), disks: [disk]),
        createdAt: Date(timeIntervalSince1970: 1), desired: .on, state: .stopped, generation: 3)
      (record.restarts, record.attempts, record.startSeconds) = (2, 1, 0.5)
      record.entered = SavedInstant(.now)
      record.request = SavedRequest(.stop(timeout: .seconds(3)), at: .now)
      record.restart = SavedRestart(RestartWait(attempt: 1, delay: .seconds(1)), at: .now)
      record.pendingOperation = .detachDisk(disk, index: 0, place: .init(number: 1), removes: false)
      try await store.add(record)
      #expect(try store.load().records.count == 1)
      let path = store.paths.vm(record.id).record
      let text = try Files.readText(path)
      let damaged = text.replacing(try Regex("\"\(key)\" : -?[0-9.]+"), with: "\"\(key)\" : \(value)")
      #expect(damaged != text)
      try Files.replace(path, with: Array(damaged.utf8))
      let (records, broken) = try RecordStore(paths: store.paths).load()
      #expect(records.isEmpty)
      let why = try #require(broken.first?.why)
      #expect(why.cause.contains("the file is damaged") && why.remedy.contains("repair vm.json"), "\(why)")
    }
  }

  @Test(arguments: [UInt64.max, UInt64.max - 1, UInt64(0)]) func aLogOfEventsIsCountedOnFromItsLastGoodNumber(
    number: UInt64
  )
    async throws
  {
    try await withFolder { folder in
      let log = EventLog(folder: folder)
      log.append(HostEvent(kind: .operation, what: "first"))
      await log.flush()
      let good = try Files.read(log.segments.current)
      let bad = EventLine.bytes(NumberedEvent(sequence: number, HostEvent(kind: .operation, what: "bad")))
      try Files.replace(log.segments.current, with: good + bad + bad)
      let next = EventLog(folder: folder)
      next.append(HostEvent(kind: .operation, what: "next"))
      await next.flush()
      let read = next.segments.last(10)
      #expect(read.map(\.sequence) == [1, 2, 3])
      #expect(
        read.map(\.event.what) == [
          "first",
          "the log of events is damaged: 2 of its last events have numbers that were never given, and are passed over",
          "next",
        ])
      var cursor = EventSegments.Cursor()
      #expect(next.segments.read(&cursor).map(\.sequence) == [1, 2, 3])
    }
  }

  @Test func aDamagedCountOfLostEventsIsNotCountedOn() async throws {
    try await withFolder { folder in
      try Files.makeFolders(folder)
      try Files.replace(folder + "/lost", with: Array("\(Int.max)\n".utf8))
      let log = EventLog(folder: folder + "/events", losses: folder + "/lost")
      for number in 0...EventLog.mostWaiting + 3 { log.append(HostEvent(kind: .operation, what: "\(number)")) }
      await log.flush()
      #expect(log.unwritten == 0)
    }
  }
}
