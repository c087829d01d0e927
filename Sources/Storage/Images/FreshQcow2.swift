package import VMSpec

/// A new qcow2 image, of which nothing is written yet (qemu, docs/interop/qcow2.txt): the bytes of its tables. Clusters
/// of 64 KiB as `qemu-img create` makes them; version 3.
package enum FreshQcow2 {
  /// Bytes of a cluster.
  static let cluster: UInt64 = 1 << 16
  /// Bytes of the guest that one entry of the first table stands for: 8192 entries of a second, a cluster each.
  static let perEntry: UInt64 = cluster * (cluster / 8)
  /// Most bytes of a guest: what fits the first table that QEMU reads.
  package static let mostBytes: UInt64 = Qcow2Header.longestTable / 8 * perEntry

  /// The image, and where parts of it begin. What is not in a part is zero.
  package struct Layout: Sendable {
    /// Offset and bytes of each part, ascending.
    package var parts: [(offset: UInt64, bytes: [UInt8])]
    /// Bytes of the file.
    package var size: UInt64

    /// Makes one of parts that are in it.
    package init(parts: [(offset: UInt64, bytes: [UInt8])], size: UInt64) {
      self.parts = parts
      self.size = size
    }
  }

  /// Plans an image.
  /// - Parameters:
  ///   - size: bytes that the guest sees, a multiple of 512.
  ///   - backing: path and format of the image below it. It is for people and `qemu-img`: a hypervisor gets a descriptor.
  /// - Returns: nil for a size or a path that an image cannot have.
  package static func plan(size: UInt64, backing: (path: String, format: DiskSpec.Format)? = nil) -> Layout? {
    // 1023 is the longest name that the format has.
    let name = Array((backing?.path ?? "").utf8)
    guard size > 0, size % 512 == 0, size <= mostBytes, name.count <= 1023 else { return nil }
    let entries = (size - 1) / perEntry + 1
    let tableClusters = (entries * 8 - 1) / cluster + 1
    // The header, the table of counts, one block of counts, the first table.
    let clusters = 3 + tableClusters
    var header = Header()
    header.extend(backing?.format)
    let nameOffset = backing == nil ? 0 : UInt64(header.length + header.extensions.count)
    header.put([0x51, 0x46, 0x49, 0xfb])
    header.number(3, 4)
    header.number(nameOffset, 8)
    header.number(UInt64(name.count), 4)
    header.number(16, 4)  // cluster_bits
    header.number(size, 8)
    header.number(0, 4)  // no encryption
    header.number(entries, 4)
    header.number(3 * cluster, 8)
    header.number(cluster, 8)
    header.number(1, 4)  // clusters of the table of counts
    header.number(0, 4 + 8)  // no snapshots
    header.number(0, 8 * 3)  // no features
    header.number(4, 4)  // counts of 2^4 bits
    header.number(UInt64(header.length), 4)
    header.put(header.extensions + name)
    var block: [UInt8] = []
    for _ in 0..<clusters { block += [0, 1] }
    return Layout(
      parts: [
        (0, header.bytes), (cluster, Header.bytes(2 * cluster, 8)), (2 * cluster, block),
      ], size: (3 + tableClusters) * cluster)
  }

  private struct Header {
    /// Of version 3 without optional fields.
    let length = 104
    var bytes: [UInt8] = []
    var extensions: [UInt8] = []

    static func bytes(_ value: UInt64, _ width: Int) -> [UInt8] {
      (0..<width).reversed().map { place in place < 8 ? UInt8(truncatingIfNeeded: value >> UInt64(8 * place)) : 0 }
    }

    mutating func put(_ more: [UInt8]) { bytes += more }
    mutating func number(_ value: UInt64, _ width: Int) { bytes += Self.bytes(value, width) }

    /// The extension that names the format below, if there is one, and the end of extensions.
    mutating func extend(_ format: DiskSpec.Format?) {
      if let format {
        let text = Array(format.rawValue.utf8)
        extensions += Self.bytes(0xe279_2aca, 4) + Self.bytes(UInt64(text.count), 4) + text
        extensions += [UInt8](repeating: 0, count: (8 - text.count % 8) % 8)
      }
      extensions += [UInt8](repeating: 0, count: 8)
    }
  }
}
