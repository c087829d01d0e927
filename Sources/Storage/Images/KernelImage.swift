package import Failure

/// Whether a file is a kernel that QEMU can start on x86: what hw/i386/x86.c, multiboot.c and pvh.c look for. A file that
/// is none would be taken for a kernel of before 1995, and "run" without a word for ever.
package enum KernelImage {
  /// Bytes of the file that are looked at: multiboot headers are within the first 8192, and the table of an ELF file is at
  /// its beginning with every linker.
  package static let length = 64 << 10

  /// Refuses what is no kernel.
  /// - Parameters:
  ///   - bytes: the first `length` bytes of the file.
  ///   - read: further bytes of it, by offset and count; fewer at its end.
  package static func check(
    _ bytes: [UInt8], path: String, read: (UInt64, Int) -> [UInt8]
  ) throws(Failure) {
    if isBzImage(bytes) || hasMultibootHeader(bytes) { return }
    var cause = "it is no kernel for x86"
    var remedy = "name the file that the distribution calls vmlinuz or bzImage"
    let kind = ImageKind(bytes)
    if isELF(bytes) {
      if hasEntryNote(bytes, read) { return }
      cause = "it is an ELF program without an entry for hypervisors (PVH)"
      remedy = "name the bzImage of the same kernel, or build it with CONFIG_PVH=y"
    } else if bytes.dropFirst(56).starts(with: Array("ARM\u{64}".utf8)) {
      cause = "it is a kernel for ARM64, this host runs guests for x86-64"
    } else if bytes.dropFirst(48).starts(with: Array("RISCV".utf8)) {
      cause = "it is a kernel for RISC-V, this host runs guests for x86-64"
    } else if kind != .other {
      cause = "it is \(kind.words), no kernel"
      remedy = kind.remedy(path).isEmpty ? remedy : kind.remedy(path)
    } else if isText(bytes) {
      cause = "it is a text, no kernel"
    }
    throw Failure(.invalid, operation: "check kernel", object: path, cause: cause, remedy: remedy)
  }

  /// The boot sector's mark and the header's (kernel, Documentation/arch/x86/boot.rst).
  private static func isBzImage(_ bytes: [UInt8]) -> Bool {
    bytes.count > 0x250 && bytes[0x1fe] == 0x55 && bytes[0x1ff] == 0xaa
      && bytes[0x202..<0x206].elementsEqual(Array("HdrS".utf8))
  }

  /// Magic, flags and checksum that make zero together, at a multiple of 4 (Multiboot 0.6.96, section 3.1.1).
  private static func hasMultibootHeader(_ bytes: [UInt8]) -> Bool {
    let end = min(bytes.count, 8192) - 12
    guard end >= 0 else { return false }
    return stride(from: 0, through: end, by: 4).contains { place in
      guard little(bytes, place, 4) == 0x1bad_b002 else { return false }
      let sum = little(bytes, place, 4) &+ little(bytes, place + 4, 4) &+ little(bytes, place + 8, 4)
      return sum & 0xffff_ffff == 0
    }
  }

  private static func isELF(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 64 && bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46])
  }

  /// Looks for the note XEN_ELFNOTE_PHYS32_ENTRY of owner `Xen` in the segments of notes (xen/include/public/elfnote.h).
  private static func hasEntryNote(_ bytes: [UInt8], _ read: (UInt64, Int) -> [UInt8]) -> Bool {
    let isWide = bytes[4] == 2
    guard bytes[5] == 1 else { return false }
    let table = little(bytes, isWide ? 32 : 28, isWide ? 8 : 4)
    let (entrySize, count) = (little(bytes, isWide ? 54 : 42, 2), little(bytes, isWide ? 56 : 44, 2))
    guard table <= UInt64(bytes.count), entrySize >= (isWide ? 56 : 32), count <= 1024 else { return false }
    for index in 0..<count {
      let entry = Int(table + index * entrySize)
      guard entry + Int(entrySize) <= bytes.count else { return false }
      guard little(bytes, entry, 4) == 4 /* PT_NOTE */ else { continue }
      let offset = little(bytes, entry + (isWide ? 8 : 4), isWide ? 8 : 4)
      let size = little(bytes, entry + (isWide ? 32 : 16), isWide ? 8 : 4)
      if notes(read(offset, Int(min(size, 64 << 10)))) { return true }
    }
    return false
  }

  private static func notes(_ bytes: [UInt8]) -> Bool {
    var place = 0
    while place + 12 <= bytes.count {
      let nameSize = Int(little(bytes, place, 4))
      let valueSize = Int(little(bytes, place + 4, 4))
      let kind = little(bytes, place + 8, 4)
      if kind == 18, nameSize == 4, bytes.dropFirst(place + 12).starts(with: Array("Xen\0".utf8)) { return true }
      place += 12 + (nameSize + 3) / 4 * 4 + (valueSize + 3) / 4 * 4
    }
    return false
  }

  private static func isText(_ bytes: [UInt8]) -> Bool {
    bytes.prefix(512).allSatisfy { (32..<127).contains($0) || (9...13).contains($0) }
  }

  private static func little(_ bytes: [UInt8], _ offset: Int, _ width: Int) -> UInt64 {
    guard offset >= 0, offset + width <= bytes.count else { return 0 }
    return bytes[offset..<offset + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
