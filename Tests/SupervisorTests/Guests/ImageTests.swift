import Foundation
import Linux
import Testing

/// Disks on top of images, and what cloud-init would read: with real guests.
extension GuestTests {
  @Test func aLayerLeavesTheImageBelowAlone() async throws {
    try await Rig.run { rig in
      // An image as clouds publish them: qcow2 under a name that says nothing.
      try Command.must("/usr/bin/qemu-img", "create", "-q", "-f", "raw", rig.image("base.raw"), "8M")
      try rig.mark(rig.image("base.raw"), "below", at: 4096)
      try Command.must("/usr/bin/qemu-img", "convert", "-O", "qcow2", rig.image("base.raw"), rig.image("base.img"))
      chmod(rig.image("base.img"), 0o444)
      let before = try Files.read(rig.image("base.img"), limit: 1 << 24)
      await rig.boot(
        "layer",
        extra:
          "disks: [{name: root, backing: \(rig.image("base.img")), size: 16MiB}, {name: raw, backing: \(rig.image("base.raw"))}]"
      )
      for disk in ["vda", "vdb"] {
        let read = await rig.ok("exec", "layer", "--", "dd", "if=/dev/\(disk)", "bs=1", "skip=4096", "count=5")
        #expect(read == "below", "\(disk): \(read)")
      }
      #expect(await rig.ok("exec", "layer", "--", "cat", "/sys/block/vda/size") == "32768\n")
      await rig.ok(
        "exec", "layer", "--", "sh", "-c", "printf above | dd of=/dev/vda bs=1 seek=4096 conv=notrunc,fsync")
      await rig.ok("stop", "layer")
      #expect(try Files.read(rig.image("base.img"), limit: 1 << 24) == before)
      await rig.ok("start", "layer")
      await rig.ok("wait", "layer", "--state", "agent", "--timeout", "90")
      let read = await rig.ok("exec", "layer", "--", "dd", "if=/dev/vda", "bs=1", "skip=4096", "count=5")
      #expect(read == "above")
      await rig.ok("kill", "layer")
    }
  }

  @Test func imagesThatCannotBeBelowAreRefused() async throws {
    try await Rig.run { rig in
      try Command.must("/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", rig.image("base.qcow2"), "8M")
      try Command.must(
        "/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", "-b", rig.image("base.qcow2"), "-F", "qcow2",
        rig.image("layered.qcow2"))
      for file in ["base.qcow2", "layered.qcow2"] { chmod(rig.image(file), 0o644) }
      for (disk, words) in [
        ("{backing: \(rig.image("layered.qcow2"))}", "builds on another image"),
        ("{backing: \(rig.image("base.qcow2")), size: 4MiB}", "smaller than the image below it"),
        ("{backing: \(rig.image("none.qcow2"))}", "image below a disk"),
      ] {
        let result = await rig.cli(
          "create", "-f", "-", "--start", input: rig.guestSpec("bad", extra: "disks: [\(disk)]"))
        #expect(result.status != 0 && result.error.contains(words), "\(result.error)")
        #expect(!(await rig.ok("status", "--output", "name")).contains("bad"), "a start that failed leaves nothing")
      }
    }
  }

  @Test func theGuestFindsItsSeed() async throws {
    try await Rig.run { rig in
      await rig.boot(
        "seeded",
        extra: """
          nics: [{}]
          cloudInit:
            userData: |
              #cloud-config
              packages: [nginx]
          """)
      await rig.ok("exec", "seeded", "--", "sh", "-c", "modprobe isofs && mount -t iso9660 -o ro /dev/vda /mnt")
      #expect(await rig.ok("exec", "seeded", "--", "cat", "/mnt/user-data") == "#cloud-config\npackages: [nginx]\n")
      let id = await rig.status("seeded").id
      #expect(await rig.ok("exec", "seeded", "--", "cat", "/mnt/meta-data").contains(id))
      let address = try #require(await rig.status("seeded").addresses.first)
      #expect(await rig.ok("exec", "seeded", "--", "cat", "/mnt/network-config").contains("\"\(address)/24\""))
      await rig.ok("kill", "seeded")
    }
  }
}

extension Rig {
  /// Writes `text` into an image.
  fileprivate func mark(_ path: String, _ text: String, at offset: Int) throws {
    let file = try FileHandle(forUpdating: URL(filePath: path))
    try file.seek(toOffset: UInt64(offset))
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
    chmod(path, 0o644)
  }
}
