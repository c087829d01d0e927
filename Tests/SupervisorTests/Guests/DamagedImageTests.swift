import Foundation
import Linux
import Testing

/// Images that are damaged, encrypted or cut off: path, cause and remedy at `start` and in `explain`, and nothing beside.
extension GuestTests {
  /// Changes a byte of a file.
  private func setByte(_ path: String, at offset: off_t, _ value: UInt8) throws {
    let file = try Files.open(path, O_RDWR)
    var byte = value
    #expect(pwrite(file.raw, &byte, 1, offset) == 1)
  }

  @Test func damagedImagesAreRefusedWithPathAndRemedy() async throws {
    try await Rig.run { rig in
      func make(_ name: String) throws -> String {
        let path = rig.image(name + ".qcow2")
        try Command.must("/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", path, "8M")
        chmod(path, 0o666)
        return path
      }
      // Fields of qcow2.rst: bit 1 of the incompatible features says that it is corrupt, method 2 that it is LUKS.
      let corrupt = try make("corrupt")
      try setByte(corrupt, at: 79, 2)
      let locked = try make("luks")
      try setByte(locked, at: 35, 2)
      let cut = try make("cut")
      try Command.must("/usr/bin/truncate", "-s", "1000", cut)
      for (name, path, words, remedy) in [
        ("corrupt", corrupt, "it is marked as corrupt", "qemu-img check -r all \(corrupt)"),
        ("luks", locked, "encrypted (LUKS)", locked), ("cut", cut, "cut off", cut),
      ] {
        await rig.ok("create", "-f", "-", input: "name: \(name)\nmemory: 16MiB\ndisks: [{name: root, path: \(path)}]\n")
        for isTried in [false, true] {
          if isTried {
            let refused = await rig.cli("start", name)
            #expect(refused.status != 0 && refused.error.contains(path), "\(refused.error)")
            #expect(refused.error.contains(words) && refused.error.contains(remedy), "\(refused.error)")
          }
          let explained = await rig.explain(name)
          let reason = try #require(explained.reasons.first, "\(explained)")
          #expect(reason.object.contains(path) && reason.cause.contains(words), "\(reason)")
          #expect(!reason.remedy.isEmpty && !reason.remedy.contains("status"), "\(reason)")
          // Who reads the cause reads of no start that would help.
          for other in explained.reasons {
            #expect(!other.cause.contains("nothing that can be seen"), "\(other)")
            #expect(!other.remedy.contains("vmsupervisor start"), "\(other)")
          }
        }
        let shown = await rig.cli("status", name, "--output", "json").output
        for word in ["fdset", "blockdev", "qemu-system"] { #expect(!shown.contains(word), "\(shown)") }
      }
      // As the remedy says.
      try Command.must("/usr/bin/qemu-img", "check", "-q", "-r", "all", corrupt)
      await rig.ok("start", "corrupt")
      #expect(await rig.status("corrupt").state == "running")
    }
  }

  /// Other causes that stay: no start is advised beside them either.
  @Test func noStartIsAdvisedBesideACause() async throws {
    try await Rig.run { rig in
      try rig.bootableDisk("own.raw", saying: "hello")
      let path = rig.image("own.raw")
      try Files.replace(rig.image("text"), with: Array(repeating: 0x61, count: 2000), mode: 0o644)
      chmod(rig.image("text"), 0o644)
      let disk = "disks: [{name: root, path: \(path)}]"
      await rig.ok("create", "-f", "-", "--start", input: "name: holder\nmemory: 16MiB\n\(disk)\n")
      for (name, parts, words) in [
        ("used", disk, "the VM holder uses it"),
        ("missing", "disks: [{name: root, path: \(rig.image("nothing.raw"))}]", "No such file"),
        ("text", "boot: {kernel: \(rig.image("text"))}", "it is a text, no kernel"),
      ] {
        await rig.ok("create", "-f", "-", input: "name: \(name)\nmemory: 16MiB\n\(parts)\n")
        #expect(await rig.cli("start", name).status != 0)
        let explained = await rig.explain(name)
        #expect(explained.reasons.contains { $0.cause.contains(words) }, "\(explained)")
        for other in explained.reasons {
          #expect(!other.cause.contains("nothing that can be seen"), "\(other)")
          #expect(!other.remedy.contains("vmsupervisor start"), "\(other)")
        }
      }
      // With the cause gone the advice is right, and works.
      await rig.ok("kill", "holder")
      let free = await rig.explain("used")
      #expect(free.reasons.contains { $0.remedy == "start it: vmsupervisor start used" }, "\(free)")
      await rig.ok("start", "used")
    }
  }

  /// What cloud-init would ignore is said whenever the VM is started, not only when it is made.
  @Test func startSaysWhatCloudInitWillIgnore() async throws {
    try await Rig.run { rig in
      let seed = "cloudInit: {userData: \"packages: [vim]\\n\"}"
      let words = "cloud-init will ignore cloudInit.userData"
      let made = await rig.cli("create", "-f", "-", input: rig.bareSpec("seed", extra: seed))
      #expect(made.status == 0 && made.error.contains(words), "\(made.error)")
      for _ in 0..<2 {
        let started = await rig.cli("start", "seed")
        #expect(started.status == 0 && started.error.contains(words), "\(started.error)")
        #expect(await rig.ok("status", "seed").contains(words))
        await rig.ok("kill", "seed")
      }
    }
  }
}
