import Foundation
import Seeded
import Testing

@testable import Storage

/// The table of snapshots in an image, against qemu-img where that is there, and by its bytes.
@Suite struct SnapshotTableTests {
  private static func entry(_ name: String) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 12)
    bytes += [0, 1, 0, UInt8(name.utf8.count)] + [UInt8](repeating: 0, count: 20) + [0, 0, 0, 24]
    bytes += [UInt8](repeating: 7, count: 24) + [UInt8(ascii: "1")] + Array(name.utf8)
    return bytes + [UInt8](repeating: 0, count: (8 - bytes.count % 8) % 8)
  }

  @Test func namesAreRead() {
    let table = Self.entry("a") + Self.entry("second one") + [1, 2, 3]
    #expect(SnapshotTable.names(table, count: 2) == ["a", "second one"])
    #expect(SnapshotTable.names(table, count: 3) == nil)
    #expect(SnapshotTable.names([], count: 0) == [])
  }

  @Test func anyBytesAreRead() {
    var random = SeededRandom("tables of snapshots")
    for _ in 0..<5000 {
      var table = Self.entry("one") + Self.entry("two")
      for _ in 0..<Int.random(in: 0..<6, using: &random) {
        table[Int.random(in: 0..<table.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      let count = Int.random(in: 0...4, using: &random)
      #expect((SnapshotTable.names(table, count: count) ?? []).count <= count)
    }
  }

  @Test func anImageWithoutHasNone() {
    let layout = FreshQcow2.plan(size: 1 << 20)
    #expect(SnapshotTable.place(layout?.parts.first?.bytes ?? []) == nil)
  }
}
