import Failure
import Foundation
import Testing

@testable import Storage
@testable import VMSpec

/// What first bytes say about a file, and what is refused for it.
@Suite struct ImageContentTests {
  private func refusal(
    _ bytes: [UInt8], size: UInt64? = nil, _ format: DiskSpec.Format, guessed: Bool = false
  ) -> Failure? {
    do throws(Failure) {
      try ImageHeader.check(bytes, size: size, format: format, isGuessed: guessed, path: "/x/cloud.img")
      return nil
    } catch { return error }
  }

  /// The header of a fresh image with bytes changed.
  private func header(_ changes: (offset: Int, bytes: [UInt8])...) throws -> [UInt8] {
    var bytes = try #require(FreshQcow2.plan(size: 8 << 20)).parts[0].bytes
    bytes += [UInt8](repeating: 0, count: ImageHeader.length - bytes.count)
    for change in changes {
      bytes.replaceSubrange(change.offset..<change.offset + change.bytes.count, with: change.bytes)
    }
    return bytes
  }

  @Test func aNameDoesNotDecideWhatIsInside() throws {
    let qcow2 = try header()
    let contradiction = try #require(refusal(qcow2, .raw, guessed: true))
    #expect(contradiction.cause == "it is a qcow2 image, though its name says raw")
    #expect(contradiction.remedy == "write format: qcow2; or write format: raw to give the guest the file as it is")
    #expect(contradiction.object == "/x/cloud.img")
    #expect(refusal(qcow2, .raw) == nil, "said is said")
    #expect(refusal(qcow2, .qcow2, guessed: true) == nil)
    let plain = [UInt8](repeating: 7, count: 512)
    #expect(refusal(plain, .raw, guessed: true) == nil)
    #expect(refusal(plain, .qcow2, guessed: true)?.cause == "it is not a qcow2 image")
  }

  @Test(arguments: [
    ("vmdk", Array("KDMV".utf8)), ("gzip", [0x1f, 0x8b, 8]), ("xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]),
    ("zstd", [0x28, 0xb5, 0x2f, 0xfd]), ("vhd", Array("conectix".utf8)), ("vhdx", Array("vhdxfile".utf8)),
    ("qed", Array("QED\0".utf8)), ("parallels", Array("WithoutFreeSpace".utf8)),
    ("qcow1", [0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 1]),
  ]) func otherFormatsAreNamed(_ name: String, _ magic: [UInt8]) throws {
    let bytes = magic + [UInt8](repeating: 0, count: 512 - magic.count)
    #expect(ImageKind(bytes).rawValue == name)
    for format in DiskSpec.Format.allCases {
      let failure = try #require(refusal(bytes, format, guessed: true))
      #expect(failure.cause.contains(ImageKind(bytes).words) && failure.remedy.contains("/x/cloud.img"), "\(failure)")
    }
  }

  @Test func aGuestMayEncryptItsDisk() {
    let luks = [UInt8]("LUKS".utf8) + [0xba, 0xbe] + [UInt8](repeating: 0, count: 506)
    #expect(refusal(luks, .raw, guessed: true) == nil)
  }

  @Test func brokenImagesAreRefusedInWords() throws {
    let size = try #require(FreshQcow2.plan(size: 8 << 20)).size
    #expect(refusal([], size: 0, .raw)?.cause == "it is empty (0 bytes)")
    #expect(refusal([], size: 0, .qcow2)?.cause == "it is empty (0 bytes)")
    let corrupt = try #require(refusal(try header((79, [2])), size: size, .qcow2))
    #expect(
      corrupt.cause == "it is marked as corrupt" && corrupt.remedy == "repair it: qemu-img check -r all /x/cloud.img")
    #expect(refusal(try header((32, [0, 0, 0, 2])), size: size, .qcow2)?.cause.contains("encrypted (LUKS)") == true)
    #expect(refusal(try header((72, [0x80])), size: size, .qcow2)?.cause.contains("features") == true)
    #expect(refusal(try header((79, [4])), size: size, .qcow2)?.cause.contains("data_file") == true)
    #expect(refusal(try header(), size: 1000, .qcow2)?.cause.contains("cut off: it ends after 1000 bytes") == true)
    #expect(refusal(Array(try header().prefix(90)), size: 90, .qcow2)?.cause.contains("cut off") == true)
    let entry: [UInt8] = [0x80, 0, 0, 0, 0x7f, 0, 0, 0]
    let table = #expect(throws: Failure.self) {
      try Qcow2Header(try header())?.checkTable([0, 0, 0, 0, 0, 0, 0, 0] + entry, path: "/x", fileSize: size)
    }
    #expect(table?.cause.contains("cut off") == true)
  }

  /// Numbers of a header are anybody's: none of them may trap.
  @Test func foreignNumbersAreOnlyNumbers() throws {
    var random = SystemRandomNumberGenerator()
    let good = try header()
    for _ in 0..<20_000 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...24, using: &random) {
        bytes[Int.random(in: 4..<112, using: &random)] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
      }
      for size in [0, 1000, UInt64.max] { _ = refusal(bytes, size: size, .qcow2, guessed: true) }
      _ = ImageHeader.virtualSize(bytes)
    }
  }

  @Test(arguments: [512, 8 << 20, 10 << 30, 4 << 40, (4 << 40) + 512, 64 << 40] as [UInt64])
  func freshImagesPassQEMUsOwnCheck(_ size: UInt64) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "fresh-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for below in [nil, (path: folder + "/below.raw", format: DiskSpec.Format.raw)] {
      let layout = try #require(FreshQcow2.plan(size: size, backing: below))
      let path = folder + "/fresh.qcow2"
      #expect(FileManager.default.createFile(atPath: path, contents: nil))
      let file = try #require(FileHandle(forUpdatingAtPath: path))
      try file.truncate(atOffset: layout.size)
      for part in layout.parts {
        try file.seek(toOffset: part.offset)
        try file.write(contentsOf: Data(part.bytes))
      }
      try file.close()
      if let below { #expect(FileManager.default.createFile(atPath: below.path, contents: Data(count: 512))) }
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/qemu-img")
      process.arguments = ["check", "-q", "-f", "qcow2", path]
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      let head = [UInt8](try Data(contentsOf: URL(filePath: path), options: .alwaysMapped).prefix(512))
      #expect(ImageHeader.virtualSize(head) == size)
    }
    #expect(FreshQcow2.plan(size: UInt64.max) == nil && FreshQcow2.plan(size: 0) == nil)
  }
}

@Suite struct KernelImageTests {
  private func refusal(_ bytes: [UInt8]) -> Failure? {
    do throws(Failure) {
      try KernelImage.check(bytes, path: "/boot/k") { offset, count in
        Array(bytes.dropFirst(Int(clamping: offset)).prefix(count))
      }
      return nil
    } catch { return error }
  }

  private var bzImage: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 4096)
    bytes.replaceSubrange(0x1fe..<0x206, with: [0x55, 0xaa, 0, 0] + Array("HdrS".utf8))
    return bytes
  }

  /// A 64-bit ELF file with one segment of notes.
  private func elf(note kind: UInt8?) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 512)
    bytes.replaceSubrange(0..<6, with: [0x7f, 0x45, 0x4c, 0x46, 2, 1])
    (bytes[32], bytes[54], bytes[56]) = (64, 56, 1)
    (bytes[64], bytes[72], bytes[96]) = (4, 128, 24)
    if let kind {
      (bytes[128], bytes[132], bytes[136]) = (4, 8, kind)
      bytes.replaceSubrange(140..<144, with: Array("Xen\0".utf8))
    }
    return bytes
  }

  @Test func kernelsAreTaken() {
    #expect(refusal(bzImage) == nil)
    #expect(refusal(elf(note: 18)) == nil)
    var multiboot = [UInt8](repeating: 0, count: 512)
    multiboot.replaceSubrange(16..<28, with: [2, 0xb0, 0xad, 0x1b, 0, 0, 0, 0, 0xfe, 0x4f, 0x52, 0xe4])
    #expect(refusal(multiboot) == nil)
  }

  @Test func everythingElseIsRefusedBeforeItRuns() {
    var arm = [UInt8](repeating: 0, count: 4096)
    arm.replaceSubrange(56..<60, with: Array("ARM\u{64}".utf8))
    for (bytes, words) in [
      (arm, "kernel for ARM64"), ([0x1f, 0x8b, 8] + [UInt8](repeating: 0, count: 600), "compressed with gzip"),
      (Array(repeating: 0x61, count: 600), "a text"), ([], "empty"), (elf(note: nil), "PVH"), (elf(note: 17), "PVH"),
      ([0x50, 0x4b, 3, 4] + [UInt8](repeating: 0, count: 600), "zip"),
      ([UInt8](repeating: 0, count: 4096), "no kernel for x86"),
    ] as [([UInt8], String)] {
      let failure = refusal(bytes)
      #expect(failure?.cause.contains(words) == true, "\(String(describing: failure))")
      #expect(failure?.remedy.isEmpty == false)
    }
  }

  @Test func foreignNumbersAreOnlyNumbers() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      var bytes = elf(note: 17)
      for _ in 0..<Int.random(in: 1...16, using: &random) {
        bytes[Int.random(in: 4..<160, using: &random)] = [0, 1, 2, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
      }
      _ = refusal(bytes)
    }
  }
}
