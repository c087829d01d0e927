import Failure
import Foundation
import Glibc
import Linux
import Testing

@testable import Hypervisor
@testable import HypervisorQEMU
@testable import VMSpec

/// Devices that come to a real QEMU without a guest (`-S`) and go.
extension RealQEMUTests {
  private static func file(_ path: String, _ flags: Int32) throws -> Descriptor {
    try Files.open(path, flags)
  }

  @Test func aDiskComesGrowsAndIsRefusedWhereItCannotBe() async throws {
    let folder = try TemporaryFolder()
    let spec = VMSpec(
      name: "hot", memory: 64 << 20, boot: .firmware(.bios),
      disks: [DiskSpec(path: try folder.image("a.qcow2", .qcow2))])
    let qemu = try RunningQEMU(spec, folder: folder)
    let client = try await qemu.monitor()
    let path = try folder.image("hot.qcow2", .qcow2)
    let disk = DiskSpec(name: "data", path: path)
    let place = DeviceAddresses.Address(number: 5, port: 6)
    try await client.addFile(try Self.file(path, O_RDWR), set: 1005)
    try await client.plug(disk, place, set: 1005)
    #expect(try await client.devices().isSuperset(of: ["blk0", "blk5", "rp7"]))
    let nodes = try await client.disks()
    #expect(nodes["disk5"]?.size == 16 << 20 && nodes["disk5"]?.set == 1005)
    #expect(nodes["disk0"]?.size == 16 << 20)
    for _ in 0..<2 { try await client.resize("disk5", to: 32 << 20) }
    #expect(try await client.disks()["disk5"]?.size == 32 << 20)
    // Removing what is not there is what a second try does.
    try await client.removeBlockNode("disk9")
    try await client.removeNICBackend(3)
    try await client.removeFiles(set: 1009)
    try await client.closeGiven("n3")
    #expect(try await !client.askToLeave("blk9"))
    // The board itself lets nothing go.
    let fixed = try await #require(throws: Failure.self) { _ = try await client.askToLeave("blk0") }
    #expect(fixed.cause.contains("hotplug"))
    // Without a guest nobody answers; asking twice is no error.
    for _ in 0..<2 { #expect(try await client.askToLeave("blk5")) }
    let busy = try await #require(throws: Failure.self) { try await client.removeBlockNode("disk5") }
    #expect(busy.cause.contains("in use"))
    await client.close()
    #expect(try await qemu.quit() == .exited(0))
  }

  @Test func mediaPictureAndViewer() async throws {
    let folder = try TemporaryFolder()
    let (first, second) = (try folder.image("one.iso", .raw), try folder.image("two.iso", .raw))
    let spec = VMSpec(
      name: "media", memory: 64 << 20, boot: .firmware(.bios), cdroms: [CDROMSpec(path: first), CDROMSpec()],
      display: .vnc)
    let qemu = try RunningQEMU(spec, folder: folder)
    let client = try await qemu.monitor()
    let filled = try await client.drive(0)
    #expect(!filled.isOpen && !filled.isLocked && filled.hasMedium)
    #expect(try await client.disks()["medium0"] != nil)
    #expect(try await client.drive(1).hasMedium == false)
    let missing = try await #require(throws: Failure.self) { _ = try await client.drive(2) }
    #expect(missing.code == .notFound)
    for drive in 0..<2 {
      for _ in 0..<2 {
        try await client.openTray(drive, force: false)
        try await client.removeMedium(drive)
      }
      let open = try await client.drive(drive)
      #expect(open.isOpen && !open.isLocked && open.hasMedium == false)
      try await client.addFile(try Self.file(second, O_RDONLY), set: 1100 + drive)
      try await client.insertMedium(drive, set: 1100 + drive)
      for _ in 0..<2 { try await client.closeTray(drive) }
      #expect(try await client.drive(drive).hasMedium)
      #expect(try await client.disks()[QEMUCommand.mediumNode(drive)]?.set == 1100 + drive)
    }

    let picture = try MemoryFile.make("picture")
    try await client.addFile(try MemoryFile.openForWriting(picture.raw), set: 1200)
    try await client.takePicture(.ppm, set: 1200)
    var head = [UInt8](repeating: 0, count: 2)
    #expect(pread(picture.raw, &head, 2, 0) == 2 && head == Array("P6".utf8))

    var ends = try UnixSocket.pair(.stream)
    guard let viewer = ends.take(0), let theirs = ends.take(1) else { throw Errno(EBADF) }
    try await client.addViewer(theirs)
    try UnixSocket.limitWaiting(viewer.raw, seconds: 10)
    var greeting = [UInt8](repeating: 0, count: 12)
    #expect(recv(viewer.raw, &greeting, greeting.count, Int32(MSG_WAITALL.magnitude)) == 12)
    #expect(String(decoding: greeting, as: UTF8.self).hasPrefix("RFB 003.008"))
    await client.close()
    #expect(try await qemu.quit() == .exited(0))
    #expect(qemu.log.isEmpty, "\(qemu.log)")
  }
}
