import Failure

/// The names of the snapshots in a qcow2 image (qemu, docs/interop/qcow2.txt, "Snapshots"). Every number is foreign: any
/// value can stand there.
package enum SnapshotTable {
  /// Most snapshots that an image can have (QCOW_MAX_SNAPSHOTS, block/qcow2.h).
  static let most = 65_536
  /// Most bytes of the table that are read: names, and 1 KiB of what comes later, of all of ours many times over.
  package static let longest = 16 << 20

  /// The names of the snapshots in a file.
  /// - Throws: why it cannot be read.
  static func read(_ file: Int32, _ path: String) throws(Failure) -> [String] {
    let head = try NamedFile.read(file, path, ImageHeader.length)
    guard let place = place(head) else { return [] }
    let rest = NamedFile.size(file).map { $0 - min($0, place.offset) } ?? UInt64(longest)
    let table = try NamedFile.read(file, path, from: place.offset, Int(min(rest, UInt64(longest))))
    guard let names = names(table, count: place.count) else {
      throw ImageHeader.refusal(path, "its table of snapshots is cut off", "repair it: qemu-img check -r all \(path)")
    }
    return names
  }

  /// Where the table is, by the beginning of the file; nil if there is none, or it is no qcow2 image.
  package static func place(_ head: [UInt8]) -> (offset: UInt64, count: Int)? {
    guard head.count >= 72, ImageKind(head) == .qcow2 else { return nil }
    let count = number(head, 60, 4)
    let offset = number(head, 64, 8)
    guard count > 0, count <= UInt64(most), offset > 0 else { return nil }
    return (offset, Int(count))
  }

  /// Reads the table.
  /// - Returns: nil if it is cut off.
  package static func names(_ table: [UInt8], count: Int) -> [String]? {
    var names: [String] = []
    var start = 0
    for _ in 0..<count {
      // The fixed part of an entry.
      guard start + 40 <= table.count else { return nil }
      let idLength = Int(number(table, start + 12, 2))
      let nameLength = Int(number(table, start + 14, 2))
      let extra = number(table, start + 36, 4)
      guard extra <= UInt64(table.count) else { return nil }
      let name = start + 40 + Int(extra) + idLength
      guard name + nameLength <= table.count else { return nil }
      names.append(String(decoding: table[name..<name + nameLength], as: UTF8.self))
      start = (name + nameLength + 7) & ~7
    }
    return names
  }

  private static func number(_ bytes: [UInt8], _ offset: Int, _ width: Int) -> UInt64 {
    bytes[offset..<offset + width].reduce(0) { $0 << 8 | UInt64($1) }
  }
}
