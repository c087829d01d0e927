import Foundation
import Glibc
import Linux
import Testing

/// Images that are missing, wrong, somebody else's or lost: refused or said, and what the remedy says works.
extension GuestTests {
  @Test func aMissingImageIsMissedAndNotMade() async throws {
    try await Rig.run { rig in
      let path = rig.image("data.raw")
      let disks = "disks: [{name: root, size: 1MiB, format: raw}, {name: data, path: \(path), size: 1MiB}]"
      await rig.ok("create", "-f", "-", "--start", input: "name: web\nmemory: 16MiB\n\(disks)\n")
      await rig.ok("kill", "web")
      // As if what is mounted there had not come up.
      try Command.must("/usr/bin/mv", path, path + ".away")
      let refused = await rig.cli("start", "web")
      #expect(refused.status == 4 && refused.error.contains("is the file system mounted?"), "\(refused.error)")
      #expect(!Files.exists(path), "nothing was made")
      #expect(await rig.cli("disk", "resize", "web", "data", "2MiB").error.contains("is the file system mounted?"))
      let reason = try #require(await rig.explain("web").reasons(in: "disk").first)
      #expect(reason.object == path && reason.remedy.contains("then vmsupervisor disk detach web data"), "\(reason)")
      // One remedy, also over a restart of the supervisor.
      await rig.supervisor.stop()
      try await rig.startSupervisor()
      #expect(await rig.cli("start", "web").status == 4)
      try Command.must("/usr/bin/mv", path + ".away", path)
      await rig.ok("start", "web")
      await rig.ok("kill", "web")
      // The other.
      unlink(path)
      await rig.ok("disk", "attach", "web", "--name", "new", "--size", "1MiB")
      await rig.ok("disk", "detach", "web", "data")
      await rig.ok("start", "web")
      #expect(!Files.exists(path))
      // An image in the VM's own folder too.
      await rig.ok("kill", "web")
      unlink(rig.folder + "/lib/vms/\(await rig.status("web").id)/root.raw")
      #expect(await rig.cli("start", "web").error.contains("is the file system mounted?"))
    }
  }

  @Test func anImageLostUnderARunningGuestIsSaid() async throws {
    try await Rig.run { rig in
      try rig.bootableDisk("own.raw", saying: "hello")
      let path = rig.image("own.raw")
      await rig.ok(
        "create", "-f", "-", "--start", input: "name: web\nmemory: 16MiB\ndisks: [{name: root, path: \(path)}]\n")
      func warning() async -> String {
        await rig.status("web").warnings.first { $0.hasPrefix("image: ") } ?? ""
      }
      try Command.must("/usr/bin/mv", path, path + ".away")
      try await eventually("it is said") { await warning().contains("\(path) of disk root was deleted or moved") }
      #expect(await rig.ok("events", "web").contains("was deleted or moved"))
      #expect(await rig.explain("web").reasons.contains { $0.cause.contains("was deleted or moved") })
      try rig.bootableDisk("own.raw", saying: "another")
      func isSaid(_ words: String) async throws {
        try await eventually("status says \(words)") { await warning().contains(words) }
        #expect(await rig.ok("events", "web").contains(words))
        #expect(await rig.explain("web").reasons.contains { $0.cause.contains(words) && !$0.remedy.isEmpty })
      }
      try await isSaid("was replaced")
      func backs() async -> Int {
        await rig.ok("events", "web").components(separatedBy: "its images are where they were").count - 1
      }
      #expect(await backs() == 0)
      try Command.must("/usr/bin/mv", path + ".away", path)
      try await eventually("it is back") { await warning().isEmpty }
      #expect(await backs() == 1)
      let size = try Files.read(path).count
      try Command.must("/usr/bin/truncate", "-s", "1000", path)
      try await isSaid("was cut off")
      try Command.must("/usr/bin/truncate", "-s", "\(size)", path)
      try await eventually("it is whole") { await warning().isEmpty }
      #expect(await backs() == 2)
    }
  }

  @Test func aNameDoesNotDecideWhatIsInside() async throws {
    try await Rig.run { rig in
      let path = rig.image("cloud.img")
      try Command.must("/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", path, "8M")
      chmod(path, 0o666)
      let before = try Files.read(path)
      await rig.ok("create", "-f", "-", input: "name: web\nmemory: 16MiB\ndisks: [{name: root, path: \(path)}]\n")
      #expect(await rig.explain("web").reasons(in: "disk").first?.cause.contains("it is a qcow2 image") == true)
      let refused = await rig.cli("start", "web")
      #expect(refused.error.contains("\(path): it is a qcow2 image"), "\(refused.error)")
      #expect(refused.error.contains("write format: qcow2"))
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("hot"))
      let plugged = await rig.cli("disk", "attach", "hot", "--path", path, "--name", "img")
      #expect(plugged.status != 0 && plugged.error.contains("it is a qcow2 image"), "\(plugged.error)")
      #expect(try Files.read(path) == before)
      await rig.ok("disk", "attach", "hot", "--path", path, "--name", "img", "--format", "qcow2")
      await rig.ok("kill", "hot")
      await rig.ok("disk", "detach", "hot", "img")
      await rig.ok("delete", "web")
      let said = "name: web\nmemory: 16MiB\ndisks: [{name: root, path: \(path), format: raw}]\n"
      await rig.ok("create", "-f", "-", "--start", input: said)
    }
  }

  @Test func whatIsNoFileIsRefusedAtOnce() async throws {
    try await Rig.run(concurrentStarts: 1) { rig in
      mkfifo(rig.image("pipe"), 0o666)
      chmod(rig.image("pipe"), 0o666)
      try Files.replace(rig.image("text"), with: Array(repeating: 0x61, count: 2000), mode: 0o644)
      try Files.replace(rig.image("nothing"), with: [], mode: 0o666)
      for file in ["text", "nothing"] { chmod(rig.image(file), 0o666) }
      let boot = "boot: {kernel: \(rig.image("vmlinuz")), initrd: \(rig.image("initrd.gz"))}"
      for (index, (parts, words)) in [
        ("boot: {kernel: \(rig.image("pipe"))}", "named pipe"), ("boot: {kernel: /dev/zero}", "character device"),
        ("boot: {kernel: \(rig.image("text"))}", "it is a text, no kernel"),
        ("boot: {kernel: \(rig.image("initrd.gz"))}", "compressed with gzip"),
        ("boot: {kernel: \(rig.image("vmlinuz")), initrd: \(rig.image("pipe"))}", "named pipe"),
        ("boot: {kernel: \(rig.image("vmlinuz")), initrd: \(rig.image("nothing"))}", "it is empty"),
        ("\(boot)\ndisks: [{path: \(rig.image("pipe"))}]", "named pipe"),
        ("\(boot)\ndisks: [{path: \(rig.image("nothing")), format: raw}]", "it is empty"),
        ("\(boot)\ndisks: [{backing: \(rig.image("pipe"))}]", "named pipe"),
        ("\(boot)\ncdroms: [{path: \(rig.image("pipe"))}]", "named pipe"),
      ].enumerated() {
        let name = "vm\(index)"
        await rig.ok("create", "-f", "-", input: "name: \(name)\nmemory: 64MiB\n\(parts)\n")
        #expect(await rig.explain(name).summary.contains("a start would fail now"), "\(parts)")
        let refused = await rig.cli("start", name)
        #expect(refused.status != 0 && refused.error.contains(words), "\(refused.error)")
      }
      // Nobody's place is taken.
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("last"))
    }
  }

  @Test func anImageOfAnotherVMIsRefusedByItsName() async throws {
    try await Rig.run { rig in
      try rig.bootableDisk("own.raw", saying: "hello")
      let path = rig.image("own.raw")
      let spec = "memory: 16MiB\ndisks: [{name: root, path: \(path)}]\n"
      await rig.ok("create", "-f", "-", "--start", input: "name: first\n" + spec)
      await rig.ok("create", "-f", "-", input: "name: second\n" + spec)
      let refused = await rig.cli("start", "second")
      #expect(refused.error.contains("\(path): the VM first uses it; stop first"), "\(refused.error)")
      #expect(await rig.explain("second").reasons(in: "disk").contains { $0.cause == "the VM first uses it" })
      let words = await rig.cli("status", "second", "--output", "json").output
      #expect(!words.contains("fdset") && !words.contains("blockdev"), "\(words)")
      await rig.ok("kill", "first")
      await rig.ok("start", "second")
    }
  }

  @Test func resizeFollowsNothing() async throws {
    try await Rig.run { rig in
      let victim = rig.image("victim.raw")
      try Command.must("/usr/bin/truncate", "-s", "8M", victim)
      let evil = rig.image("evil.qcow2")
      try Command.must(
        "/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", "-o", "data_file=\(victim),data_file_raw=on", evil, "8M")
      for file in [victim, evil] { chmod(file, 0o666) }
      await rig.ok("create", "-f", "-", input: "name: web\nmemory: 16MiB\ndisks: [{name: root, path: \(evil)}]\n")
      let refused = await rig.cli("disk", "resize", "web", "root", "128MiB")
      #expect(refused.status != 0 && refused.error.contains("data_file"), "\(refused.error)")
      var status = stat()
      #expect(stat(victim, &status) == 0 && status.st_size == 8 << 20)
      let network = rig.image("network.qcow2")
      try Command.must(
        "/usr/bin/qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", "nbd://127.0.0.1:9/x", "-F", "raw", network,
        "8M")
      chmod(network, 0o666)
      await rig.ok("create", "-f", "-", input: "name: net\nmemory: 16MiB\ndisks: [{name: root, path: \(network)}]\n")
      #expect(await rig.cli("disk", "resize", "net", "root", "128MiB").error.contains("backing file"))
    }
  }

  @Test func firmwareThatIsNotInstalledHasItsOwnRemedy() async throws {
    try await Rig.run(settings: Rig.generous + ["FirmwareCode=/nonexistent.fd"]) { rig in
      await rig.ok(
        "create", "-f", "-", input: "name: web\nmemory: 64MiB\nboot: {firmware: uefi}\ndisks: [{size: 1MiB}]\n")
      let remedy = "install the package ovmf, or set FirmwareCode= in the supervisor's configuration"
      #expect(await rig.cli("start", "web").error.contains(remedy))
      #expect(await rig.explain("web").reasons(in: "image").first?.remedy == remedy)
    }
  }
}
