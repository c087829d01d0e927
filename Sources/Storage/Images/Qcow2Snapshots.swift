/// The table of internal snapshots of a qcow2 image (qemu, docs/interop/qcow2.txt, "Snapshots"). Every number is foreign.
package enum Qcow2Snapshots {
  /// Bytes of the table that are read: QEMU's own limit is 64 MiB, of 65536 snapshots; 1 MiB is that of some 10,000.
  static let most = 1 << 20

  /// Where the table begins, and how many entries it has; nil if there is none.
  static func place(_ header: [UInt8]) -> (offset: UInt64, count: Int)? {
    guard header.count >= 72, ImageKind(header) == .qcow2 else { return nil }
    let count = number(header, 60, 4)
    guard count > 0, count <= 65_536 else { return nil }
    return (number(header, 64, 8), Int(count))
  }

  /// The names in a table, as far as it can be read.
  static func names(_ table: [UInt8], count: Int) -> [String] {
    var names: [String] = []
    var place = 0
    for _ in 0..<count {
      guard place + 40 <= table.count else { break }
      let (idLength, nameLength) = (Int(number(table, place + 12, 2)), Int(number(table, place + 14, 2)))
      let extra = number(table, place + 36, 4)
      guard extra <= 1024 else { break }
      let begin = place + 40 + Int(extra) + idLength
      guard begin + nameLength <= table.count else { break }
      names.append(String(decoding: table[begin..<begin + nameLength], as: UTF8.self))
      place = (begin + nameLength + 7) / 8 * 8
    }
    return names
  }

  private static func number(_ bytes: [UInt8], _ offset: Int, _ width: Int) -> UInt64 {
    guard offset + width <= bytes.count else { return 0 }
    return bytes[offset..<offset + width].reduce(0) { $0 << 8 | UInt64($1) }
  }
}
