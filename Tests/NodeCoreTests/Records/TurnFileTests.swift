import Foundation
import Seeded
import Synchronization
import Testing

@testable import Linux

/// A file that is replaced also when there is no room.
@Suite struct TurnFileTests {
  private static func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/turn-\(UUID().uuidString)"
    try Files.makeFolders(folder)
    defer { try? Files.removeFolder(folder) }
    try body(folder + "/file")
  }

  private static func content(_ path: String) throws -> String {
    try Files.readText(path).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func text(_ letter: Character, _ count: Int) -> [UInt8] {
    Array(("{" + String(repeating: letter, count: count) + "}").utf8)
  }

  private static func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// The file of that name whose process ends before step number `step`; the steps that it took are counted.
  private static func ending(_ path: String, before step: Int, _ taken: StepCount) -> TurnFile {
    TurnFile(path, portion: 1) { () throws(Errno) in
      if taken.next() == step { throw Errno(EINTR) }
    }
  }

  private final class StepCount: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func next() -> Int {
      count.withLock { count in
        defer { count += 1 }
        return count
      }
    }
  }

  /// At every byte, and at every call after it: what is there is the old content or the new, and goes on from there.
  @Test(arguments: [(20, 30), (30, 20), (4000, 4100), (0, 4096)]) func aCrashInTheSpareLeavesOldOrNew(
    _ old: Int, _ new: Int
  ) throws {
    try Self.withFolder { path in
      let (old, new) = (Self.text("o", old), Self.text("n", new))
      try TurnFile(path).write(old)
      let whole = StepCount()
      try Self.ending(path, before: .max, whole).writeSpare(new, why: Errno(ENOSPC))
      // One byte at a time: of thousands of steps that are alike all at the beginning and the end, and some between.
      let steps = (0..<whole.value).filter { $0 < 50 || $0 % 97 == 0 || $0 > whole.value - 10 }
      var results: Set<String> = []
      for step in steps {
        try TurnFile(path).write(old)
        #expect(throws: Errno(EINTR)) {
          try Self.ending(path, before: step, StepCount()).writeSpare(new, why: Errno(ENOSPC))
        }
        let found = try Self.content(path)
        #expect(found == Self.string(old) || found == Self.string(new), "before step \(step)")
        results.insert(found)
        // The next one is not stopped by what lies about.
        try TurnFile(path).write(Self.text("x", 10))
        #expect(try Self.content(path) == "{xxxxxxxxxx}")
      }
      #expect(results == [Self.string(old), Self.string(new)])
    }
  }

  @Test func aCrashInAFreshFileLeavesOldOrNew() throws {
    try Self.withFolder { path in
      let (old, new) = (Self.text("o", 50), Self.text("n", 60))
      try TurnFile(path).write(old)
      let half = Array(new.prefix(30))
      try Files.replace(path + ".new", with: half)
      #expect(try Self.content(path) == Self.string(old))
      try TurnFile(path).write(new)
      #expect(try Self.content(path) == Self.string(new))
      #expect(try Files.names(in: (path as NSString).deletingLastPathComponent).sorted() == ["file", "file.spare"])
    }
  }

  @Test func whatHasOutgrownTheSpareIsRefused() throws {
    try Self.withFolder { path in
      try TurnFile(path).write(Self.text("o", 50))
      #expect(throws: Errno(ENOSPC)) { try TurnFile(path).writeSpare(Self.text("n", 100_000), why: Errno(ENOSPC)) }
      #expect(try Self.content(path) == Self.string(Self.text("o", 50)))
      // It grows with what it has to hold.
      try TurnFile(path).write(Self.text("o", 100_000))
      try TurnFile(path).writeSpare(Self.text("n", 100_000), why: Errno(ENOSPC))
      #expect(try Self.content(path) == Self.string(Self.text("n", 100_000)))
    }
  }

  /// A backup that is a second name of the file keeps what it had.
  @Test func copiesThatAreNamesAreLeftAlone() throws {
    try Self.withFolder { path in
      try TurnFile(path).write(Self.text("o", 50))
      link(path + ".spare", path + ".copy")
      #expect(throws: Errno(ENOSPC)) { try TurnFile(path).writeSpare(Self.text("n", 50), why: Errno(ENOSPC)) }
      try TurnFile(path).write(Self.text("m", 50))
      try TurnFile(path).writeSpare(Self.text("n", 50), why: Errno(ENOSPC))
      #expect(try Self.content(path) == Self.string(Self.text("n", 50)))
    }
  }

  /// Sizes at random, with and without room: always what was written last.
  @Test func turnsAtRandom() throws {
    try Self.withFolder { path in
      var random = SeededRandom(seed: 12)
      try TurnFile(path).write(Self.text("o", 9000))
      for number in 0..<300 {
        let text = Self.text(number.isMultiple(of: 2) ? "a" : "b", Int.random(in: 1...9000, using: &random))
        if Bool.random(using: &random) {
          try TurnFile(path).write(text)
        } else {
          try TurnFile(path).writeSpare(text, why: Errno(ENOSPC))
        }
        #expect(try Self.content(path) == Self.string(text))
      }
    }
  }
}
