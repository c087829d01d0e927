import Foundation
import Linux
import Testing

extension GuestTests {
  @Test func diskBootWithSeveralDisks() async throws {
    try await Rig.run { rig in
      try rig.bootableDisk("boot.raw", saying: "hello from the boot sector")
      try Command.must("/usr/bin/qemu-img", "convert", "-O", "qcow2", rig.image("boot.raw"), rig.image("boot.qcow2"))
      chmod(rig.image("boot.qcow2"), 0o666)
      for (name, disk) in [
        ("raw", "{path: \(rig.image("boot.raw")), format: raw}"),
        ("ro", "{path: \(rig.image("boot.raw")), format: raw, readonly: true}"),
        ("qcow", "{path: \(rig.image("boot.qcow2"))}"),
      ] {
        let spec = "name: \(name)\nmemory: 16MiB\nagent: false\ndisks: [\(disk), {name: data, size: 10MiB}]\n"
        await rig.ok("create", "-f", "-", "--start", input: spec)
        try await eventually("\(name) boots") {
          await rig.cli("logs", name, "-n", "100").output.contains("hello from the boot sector")
        }
        let data = rig.folder + "/lib/vms/\(await rig.status(name).id)/data.qcow2"
        #expect(FileManager.default.fileExists(atPath: data))
        await rig.ok("kill", name)
        await rig.ok("delete", name)
        #expect(!FileManager.default.fileExists(atPath: data), "a disk that was made for the VM goes with it")
        #expect(FileManager.default.fileExists(atPath: rig.image("boot.raw")), "a disk of the user's stays")
      }
    }
  }

  @Test func uefiGetsItsFirmware() async throws {
    try await Rig.run { rig in
      let spec = "name: uefi\nmemory: 128MiB\nboot: {firmware: uefi}\ndisks: [{size: 1MiB, format: raw}]\n"
      await rig.ok("create", "-f", "-", "--start", input: spec)
      #expect(await rig.status("uefi").state == "running")
      try await eventually("the firmware speaks") {
        await rig.cli("logs", "uefi", "-n", "100").output.contains("BdsDxe")
      }
      await rig.ok("kill", "uefi")
    }
  }
}
