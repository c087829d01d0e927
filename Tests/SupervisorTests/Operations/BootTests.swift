import Foundation
import Glibc
import Linux
import Testing

extension GuestTests {
  /// What is booted from, and what is done for a family of guests, in real machines.
  @Suite(.serialized) struct BootTests {
    @Test func theOrderIsKept() async throws {
      try await Rig.run { rig in
        for name in ["first", "second"] { try rig.bootableDisk("\(name).raw", saying: "hello from \(name)") }
        try rig.bootableISO("cd.iso", saying: "hello from the CD")
        func disk(_ name: String, _ more: String = "") -> String {
          "{path: \(rig.image(name + ".raw")), format: raw, readonly: true\(more)}"
        }
        let both = "disks: [\(disk("first")), \(disk("second"))]"
        let chosen = "disks: [\(disk("first")), \(disk("second", ", bootable: true"))]"
        let drive = "cdroms: [{path: \(rig.image("cd.iso"))}]"
        let rows: [(name: String, devices: String, hello: String)] = [
          ("usual", "\(both)\n\(drive)", "first"), ("flagged", "\(chosen)\n\(drive)", "second"),
          ("drives", "\(both)\n\(drive)\nbootOrder: [cdrom, disk]", "the CD"),
          ("installer", "\(both)\ncdroms: [{path: \(rig.image("cd.iso")), bootable: true}]", "the CD"),
        ]
        for row in rows {
          await rig.ok(
            "create", "-f", "-", "--start", input: "name: \(row.name)\nmemory: 32MiB\nnics: []\n\(row.devices)\n")
          try await eventually("\(row.name) boots") {
            await rig.ok("logs", row.name).contains("hello from \(row.hello)")
          }
          await rig.ok("delete", row.name, "--force")
        }
      }
    }

    /// The image for the network is asked, and says so on the screen; without a server it finds nothing.
    @Test func theNetworkIsBootedFrom() async throws {
      try await Rig.run { rig in
        try rig.bootableDisk("never.raw", saying: "hello from the disk")
        let disk = "disks: [{path: \(rig.image("never.raw")), format: raw, readonly: true}]"
        await rig.ok(
          "create", "-f", "-", "--start",
          input: "name: pxe\nmemory: 64MiB\n\(disk)\nnics: [{}]\nbootOrder: [network, disk]\n")
        // It has asked in vain, and the disk has its turn after it.
        try await eventually("the disk has its turn", within: 240) {
          await rig.ok("logs", "pxe").contains("hello from the disk")
        }
        let line = await rig.hypervisorLine("pxe")
        #expect(line.contains("\"bootindex\":1") && line.contains("strict=on") && !line.contains("romfile"), "\(line)")
        await rig.ok("delete", "pxe", "--force")
      }
    }

    /// Every family starts, confined as all are.
    @Test func everyFamilyStarts() async throws {
      try await Rig.run { rig in
        let families = [
          "rhel", "debian", "fedora", "suse", "arch", "generic_linux", "windows_server", "windows_desktop",
          "windows_legacy", "freebsd",
        ]
        for family in families {
          let name = family.replacing("_", with: "-")
          await rig.ok(
            "create", "-f", "-", "--start", input: rig.bareSpec(name, extra: "display: vnc\nguestOs: \(family)"))
          #expect(await rig.status(name).state == "running")
          let line = await rig.hypervisorLine(name)
          #expect(line.contains("tablet0") && line.contains("localtime") == family.hasPrefix("windows"), "\(line)")
          await rig.ok("delete", name, "--force")
        }
        // The guest has it.
        await rig.boot("linux", extra: "nics: []\ndisplay: vnc\nguestOs: debian")
        #expect(await rig.inGuest("linux", "cat /sys/bus/pci/devices/0000:00:1f.6/device") == "0x1052\n")
        await rig.ok("delete", "linux", "--force")
        // The board's clock is the host's in its zone, which the hypervisor may read.
        await rig.boot("windows", extra: "nics: []\nguestOs: windows_server")
        let clock = Double(await rig.inGuest("windows", "cat /sys/class/rtc/rtc0/since_epoch").filter(\.isNumber)) ?? 0
        var (now, parts) = (time(nil), tm())
        localtime_r(&now, &parts)
        let here = Double(now + parts.tm_gmtoff)
        #expect(abs(clock - here) < 1000, "\(clock) \(here)")
        await rig.ok("delete", "windows", "--force")
      }
    }

    @Test func hugePagesAreTakenOrRefusedWithNumbers() async throws {
      try await Rig.run { rig in
        let pool = "/proc/sys/vm/nr_hugepages"
        let before = try Files.readText(pool).trimmingCharacters(in: .whitespacesAndNewlines)
        let huge = rig.bareSpec("huge", extra: "memoryHugepages: true")
        await rig.ok("create", "-f", "-", input: huge)
        guard before == "0" else { return }
        let refused = await rig.cli("start", "huge")
        #expect(refused.status != 0 && refused.error.contains("it needs 8 huge pages of 2 MiB"), "\(refused.error)")
        #expect(refused.error.contains("vm.nr_hugepages=8"), "\(refused.error)")
        defer { try? before.write(toFile: pool, atomically: false, encoding: .utf8) }
        try "32".write(toFile: pool, atomically: false, encoding: .utf8)
        // A host may have no memory left in whole pieces.
        guard Int(try Files.readText(pool).trimmingCharacters(in: .whitespacesAndNewlines)) == 32 else { return }
        await rig.ok("start", "huge")
        #expect(await rig.status("huge").state == "running")
        #expect(Rig.freeHugePages() == 24)
        await rig.ok(
          "create", "-f", "-",
          input: rig.bareSpec("more", extra: "memoryHugepages: true").replacing("16MiB", with: "64MiB"))
        let full = await rig.cli("start", "more")
        #expect(full.error.contains("the host has 32, of which 24 can be had"), "\(full.error)")
        await rig.ok("kill", "huge")
        try await eventually("they are given back") { Rig.freeHugePages() == 32 }
        await rig.ok("start", "more")
        await rig.ok("delete", "more", "--force")
        await rig.ok("delete", "huge", "--force")
      }
    }
  }
}

extension Rig {
  fileprivate static func freeHugePages() -> Int? {
    let text = try? Files.readText("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages")
    return text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  /// The command line of a VM's hypervisor, words with blanks between them.
  func hypervisorLine(_ vm: String) async -> String {
    let pid = await status(vm).pid
    let bytes = (try? Files.read("/proc/\(pid)/cmdline", limit: 1 << 20)) ?? []
    return String(decoding: bytes.map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
  }
}
