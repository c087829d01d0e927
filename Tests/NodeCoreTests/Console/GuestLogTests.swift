import Glibc
import Linux
import Synchronization
import Seeded
import Testing

@testable import NodeCore

/// Real files, with a writer that knows nothing of the cuts.
@Suite struct GuestLogTests {
  /// A folder of the test's own.
  static func inFolder(_ body: (String) throws -> Void) throws {
    let folder = "/tmp/pclog\(UInt32.random(in: 0 ... .max))"
    try Files.makeFolders(folder)
    defer { try? Files.removeFolder(folder) }
    try body(folder)
  }

  /// Every byte is a function of its number, so that a wrong number shows.
  static func stream(_ range: Range<Int>) -> [UInt8] {
    range.map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 8) ^ ($0 >> 16)) }
  }

  private static func append(_ path: String, _ bytes: [UInt8]) throws {
    let file = try Files.open(path, O_WRONLY | O_APPEND | O_CREAT)
    try Files.writeAll(bytes, to: file.raw)
  }

  private static func size(_ path: String) -> Int { LogTail.size(path) + LogTail.size(path + ".1") }

  /// One writer on one thread: nothing is lost by either strategy, whenever it is cut or the supervisor is started again.
  @Test(arguments: [true, false])
  func everyByteKeepsItsNumber(collapse: Bool) throws {
    try Self.inFolder { folder in
      let path = folder + "/log"
      let cap: UInt64 = 128 << 10
      var random = SeededRandom(seed: 4)
      var log = GuestLog(path, cap: cap, permitsCollapse: collapse)
      var (written, read, cuts) = (0, UInt64(0), 0)
      for _ in 0..<600 {
        let length = Int.random(in: 0...12_000, using: &random)
        try Self.append(path, Self.stream(written..<written + length))
        written += length
        if try log.trim() { cuts += 1 }
        #expect(Self.size(path) <= Int(cap))
        if Int.random(in: 0..<10, using: &random) == 0 { log = GuestLog(path, cap: cap, permitsCollapse: collapse) }
        let extent = try #require(log.extent)
        #expect(
          extent.upperBound == written
            && extent.upperBound - extent.lowerBound >= min(UInt64(written), cap / 8 * 3 - 4096))
        // A follower that is near the end misses nothing, over all cuts.
        while true {
          let piece = log.read(from: read, limit: Int.random(in: 1...9000, using: &random))
          #expect(piece.missed == 0 && piece.bytes == Self.stream(Int(read)..<Int(piece.end)))
          if piece.bytes.isEmpty { break }
          read = piece.end
        }
        #expect(read == written)
        // One that is far behind is told how far.
        let late = log.read(from: 0, limit: 10)
        #expect(late.missed == extent.lowerBound && late.bytes == Self.stream(Int(late.missed)..<Int(late.end)))
      }
      #expect(cuts > 20)
    }
  }

  /// A writer beside the cutter. With blocks taken out of the front nothing is lost; copying may lose what came within
  /// microseconds, but repeats nothing and goes back never.
  @Test(arguments: [true, false])
  func aWriterBesideTheCuts(collapse: Bool) async throws {
    let folder = "/tmp/pclog\(UInt32.random(in: 0 ... .max))"
    try Files.makeFolders(folder)
    defer { try? Files.removeFolder(folder) }
    let path = folder + "/log"
    let log = GuestLog(path, cap: 256 << 10, permitsCollapse: collapse)
    try Self.append(path, [])
    let total = 60_000
    let writer = Task.detached {
      let file = try Files.open(path, O_WRONLY | O_APPEND)
      for number in 0..<total {
        try Files.writeAll(Array("line \(number) of the writer\n".utf8), to: file.raw)
        if number % 500 == 0 { try await Task.sleep(for: .milliseconds(1)) }
      }
    }
    let isDone = Atomic(false)
    let cutter = Task.detached {
      while !isDone.load(ordering: .relaxed) {
        _ = try log.trim()
        try await Task.sleep(for: .milliseconds(1))
      }
    }
    var (place, partial, last, missing) = (UInt64(0), [UInt8](), -1, 0)
    var isWritten = false
    while true {
      let piece = log.read(from: place, limit: 64 << 10)
      #expect(piece.end >= place)
      place = piece.end
      if piece.missed > 0 { partial = [] }
      for byte in piece.bytes {
        guard byte == 0x0a else {
          partial.append(byte)
          continue
        }
        let words = String(decoding: partial, as: UTF8.self).split(separator: " ")
        partial = []
        guard words.count == 5, let number = Int(words[1]) else { continue }
        #expect(number > last)
        missing += number - last - 1
        last = number
      }
      if piece.bytes.isEmpty {
        if isWritten { break }
        if last == total - 1 { isWritten = true } else { try await Task.sleep(for: .milliseconds(1)) }
        if writer.isCancelled { break }
      }
    }
    try await writer.value
    isDone.store(true, ordering: .relaxed)
    try await cutter.value
    #expect(last == total - 1)
    if collapse { #expect(missing == 0) } else { #expect(missing < total / 100) }
  }

  @Test func aBigFileFoundAtStartIsCutAtOnce() throws {
    try Self.inFolder { folder in
      let path = folder + "/log"
      try Self.append(path, Self.stream(0..<5_000_000))
      let log = GuestLog(path, cap: 1 << 20)
      #expect(try log.trim())
      #expect(Self.size(path) <= 1 << 20)
      #expect(log.extent?.upperBound == 5_000_000)
      #expect(log.read(from: 4_999_990, limit: 100).bytes == Self.stream(4_999_990..<5_000_000))
    }
  }

  /// The supervisor dies at each step of a cut: what the announcement says is settled by looking.
  @Test(arguments: [true, false])
  func aCutThatBrokeOffIsSettled(wasMade: Bool) throws {
    try Self.inFolder { folder in
      let path = folder + "/log"
      let length = wasMade ? 8192 : 0
      try Self.append(path, Self.stream(length..<20_000))
      var ledger = LogLedger()
      ledger.pending = LogLedger.Cut(length: 8192, size: 20_000, head: Self.stream(0..<LogLedger.headLength))
      #expect(LogLedger(text: ledger.text) == ledger)
      try ledger.save(path + ".cut")
      // It grew beyond its former size since: only the head tells.
      try Self.append(path, Self.stream(20_000..<40_000))
      let log = GuestLog(path, cap: 1 << 20)
      #expect(log.extent == UInt64(length)..<40_000)
      #expect(log.read(from: 30_000, limit: 5).bytes == Self.stream(30_000..<30_005))
      #expect(LogLedger.load(path + ".cut").pending == nil)
    }
  }

  @Test func emptiedFromOutsideGoesOnCounting() throws {
    try Self.inFolder { folder in
      let path = folder + "/log"
      let log = GuestLog(path, cap: 1 << 20)
      #expect(log.extent == nil)
      try Self.append(path, Array("one\n".utf8))
      #expect(log.extent == 0..<4)
      truncate(path, 0)
      #expect(log.extent == 4..<4)
      try Self.append(path, Array("two\n".utf8))
      #expect(log.read(from: 4, limit: 10) == GuestLog.Piece(bytes: Array("two\n".utf8), end: 8))
      log.raise(to: 100)
      #expect(log.extent?.upperBound == 100)
      #expect(GuestLog(path, cap: 1 << 20).extent?.upperBound == 100)
    }
  }

  @Test func lastLinesAreFound() throws {
    try Self.inFolder { folder in
      let path = folder + "/log"
      let log = GuestLog(path, cap: 1 << 20)
      try Self.append(path, Array("one\ntwo\nthree".utf8))
      #expect([0, 1, 2, 3, 9].map { log.place(ofLast: $0, within: 1 << 20) } == [13, 8, 4, 0, 0])
      try Self.append(path, Array("\n".utf8))
      #expect(log.place(ofLast: 1, within: 1 << 20) == 8 && log.place(ofLast: 3, within: 10) == 4)
      try Self.append(path, [UInt8](repeating: 0x78, count: 200_000))
      #expect(log.place(ofLast: 1, within: 1 << 20) == 14 && log.place(ofLast: 2, within: 1 << 20) == 8)
    }
  }
}
