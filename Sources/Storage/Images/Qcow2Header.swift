package import Failure

/// The header of a qcow2 image, versions 2 and 3 (qemu, docs/interop/qcow2.txt). Every number is foreign: any value can
/// stand there.
package struct Qcow2Header: Hashable, Sendable {
  package let version: UInt64
  private let backingName: UInt64
  private let clusterBits: UInt64
  /// Bytes that a guest sees.
  package let virtualSize: UInt64
  private let encryption: UInt64
  /// Entries of the first table, of 8 bytes each.
  package let tableEntries: UInt64
  /// Where the first table begins in the file.
  package let tableOffset: UInt64
  private let countsOffset: UInt64
  private let features: UInt64
  private let compression: UInt64

  /// Reads the first bytes of a file; nil if they are no header, or not all of it.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count >= 72, ImageKind(bytes) == .qcow2 else { return nil }
    func number(_ offset: Int, _ width: Int) -> UInt64 {
      guard offset + width <= bytes.count else { return 0 }
      return bytes[offset..<offset + width].reduce(0) { $0 << 8 | UInt64($1) }
    }
    version = number(4, 4)
    backingName = number(8, 8)
    clusterBits = number(20, 4)
    virtualSize = number(24, 8)
    encryption = number(32, 4)
    tableEntries = number(36, 4)
    tableOffset = number(40, 8)
    countsOffset = number(48, 8)
    // Version 2 ends before them. A header of version 3 has 104 bytes at least.
    guard version < 3 || bytes.count >= 104 else { return nil }
    features = version >= 3 ? number(72, 8) : 0
    compression = version >= 3 && number(100, 4) > 104 ? number(104, 1) : 0
  }

  /// Incompatible features, by bit.
  private enum Feature {
    static let corrupt: UInt64 = 1 << 1
    static let dataFile: UInt64 = 1 << 2
    /// Not closed cleanly, another compression, smaller parts of clusters: QEMU 7.2 has them.
    static let harmless: UInt64 = 1 << 0 | 1 << 3 | 1 << 4
  }

  /// Most bytes of the first table that QEMU reads (QCOW_MAX_L1_SIZE, block/qcow2.h).
  static let longestTable: UInt64 = 32 << 20

  package func check(path: String, fileSize: UInt64?, isLayer: Bool) throws(Failure) {
    func refusal(_ cause: String, _ remedy: String) -> Failure { ImageHeader.refusal(path, cause, remedy) }
    let flat = "make it whole: qemu-img convert -O qcow2 \(path) NEW.qcow2"
    guard version == 2 || version == 3 else {
      throw refusal("it is a qcow2 image of version \(version), which is not known", "bring the whole file again")
    }
    if backingName != 0, !isLayer { throw refusal("it builds on another image (backing file)", flat) }
    if features & Feature.dataFile != 0 { throw refusal("its data is in another file (data_file)", flat) }
    if encryption != 0 {
      throw refusal(
        "it is encrypted (\(encryption == 2 ? "LUKS" : "AES")), and there is no key for it",
        "make an image without encryption of it (qemu-img convert with its key), and encrypt in the guest")
    }
    if features & Feature.corrupt != 0 {
      throw refusal("it is marked as corrupt", "repair it: qemu-img check -r all \(path)")
    }
    let unknown = features & ~(Feature.corrupt | Feature.dataFile | Feature.harmless)
    if unknown != 0 {
      throw refusal(
        "it needs features that this release does not know (bits 0x\(String(unknown, radix: 16)))",
        "convert it with the qemu-img that made it: qemu-img convert -O qcow2 \(path) NEW.qcow2")
    }
    guard compression <= 1 else {
      throw refusal(
        "its clusters are compressed by a method that this release does not know (\(compression))",
        "convert it with the qemu-img that made it: qemu-img convert -O qcow2 \(path) NEW.qcow2")
    }
    // MIN_CLUSTER_BITS and MAX_CLUSTER_BITS; a size of which no table that QEMU reads can tell.
    let (tableBytes, tooLong) = tableEntries.multipliedReportingOverflow(by: 8)
    guard (9...21).contains(clusterBits), !tooLong, tableBytes <= Self.longestTable, virtualSize <= 1 << 62 else {
      throw refusal("its header has numbers that no image has", "bring the whole file again: this one is damaged")
    }
    guard let fileSize else { return }
    let (tableEnd, overflow) = tableOffset.addingReportingOverflow(tableBytes)
    guard !overflow, tableEnd <= fileSize, countsOffset < fileSize else { throw cutOff(path, fileSize) }
  }

  /// Refuses a file in which tables lie behind its end.
  /// - Parameter table: entries of the first table as they stand in the file, 8 bytes each.
  package func checkTable(_ table: [UInt8], path: String, fileSize: UInt64) throws(Failure) {
    for start in stride(from: 0, to: table.count - table.count % 8, by: 8) {
      // Bits 9 to 55 are the offset.
      let entry = table[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } & 0x00ff_ffff_ffff_fe00
      if entry >= fileSize { throw cutOff(path, fileSize) }
    }
  }

  private func cutOff(_ path: String, _ size: UInt64) -> Failure {
    ImageHeader.refusal(
      path, "it is cut off: it ends after \(size) bytes, and what its header names lies behind them",
      "bring the whole file: its download or copy may have ended early")
  }
}
