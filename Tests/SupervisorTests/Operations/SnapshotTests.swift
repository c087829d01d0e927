import Foundation
import Glibc
import Linux
import Seeded
import Testing

/// Snapshots of real guests.
extension GuestTests {
  @Test func aGuestGoesOnFromItsMemory() async throws {
    try await Rig.run { rig in
      await rig.boot("mem", extra: "disks: [{name: data, size: 8MiB}, {name: more, size: 8MiB}]\nnics: [{}]")
      let boot = await rig.inGuest("mem", "cat /proc/sys/kernel/random/boot_id")
      await rig.keeps("mem", "before", inMemory: true)
      let id = await rig.ok("snapshot", "create", "mem", "one", "--description", "warm", "--require", "memory")
      await rig.keeps("mem", "after", inMemory: true)
      let generation = try await rig.generation("mem")
      let refused = await rig.cli("snapshot", "revert", "mem", "one")
      #expect(refused.status != 0 && refused.error.contains("--force"), "\(refused.error)")
      #expect(await rig.kept("mem", inMemory: true) == "after", "nothing has happened")
      await rig.ok("snapshot", "revert", "mem", "one", "--force", "--start")
      await rig.ok("wait", "mem", "--state", "agent", "--timeout", "90")
      #expect(await rig.kept("mem", inMemory: true) == "before")
      #expect(await rig.inGuest("mem", "cat /proc/sys/kernel/random/boot_id") == boot, "it has not booted")
      let next = try await rig.generation("mem")
      #expect(next != generation, "it is told that it has gone back")
      #expect(await rig.guestGeneration("mem") == next, "the guest itself sees it")
      try await eventually("the guest knows the time") {
        let told = Double(await rig.inGuest("mem", "date +%s").filter(\.isNumber)) ?? 0
        return abs(told - Date().timeIntervalSince1970) < 5
      }
      // As the contract's control plane does it: stop, put back, start.
      await rig.keeps("mem", "later", inMemory: true)
      await rig.ok("kill", "mem")
      await rig.ok("snapshot", "revert", "mem", id.filter { !$0.isWhitespace })
      let pinned = await rig.cli("snapshot", "delete", "mem", "one")
      #expect(pinned.error.contains("goes on from its memory"), "\(pinned.error)")
      await rig.ok("start", "mem")
      await rig.ok("wait", "mem", "--state", "agent", "--timeout", "90")
      #expect(await rig.kept("mem", inMemory: true) == "before")
      #expect(![generation, next].contains(try await rig.generation("mem")))
      // Only the disks: it boots.
      await rig.ok("snapshot", "revert", "mem", "one", "--force", "--start", "--disks-only")
      await rig.ok("wait", "mem", "--state", "agent", "--timeout", "90")
      #expect(await rig.inGuest("mem", "cat /proc/sys/kernel/random/boot_id") != boot)
      #expect(await rig.kept("mem", inMemory: false) == "before")
      // Another machine does not go on from it.
      await rig.ok("kill", "mem")
      await rig.ok("disk", "detach", "mem", "more")
      let other = await rig.cli("snapshot", "revert", "mem", "one")
      #expect(other.status != 0 && other.error.contains("more"), "\(other.error)")
      let path = rig.folder + "/lib/vms/\(await rig.status("mem").id)/more.qcow2"
      await rig.ok("disk", "attach", "mem", "--name", "more", "--path", path)
      await rig.ok("snapshot", "delete", "mem", "one")
      try rig.isClean(path)
      try rig.isClean(rig.folder + "/lib/vms/\(await rig.status("mem").id)/data.qcow2")
      let events = await rig.ok("events", "--output", "json")
      for what in ["snapshot created: one", "snapshot reverted: one", "snapshot deleted: one"] {
        #expect(events.contains(what))
      }
    }
  }

  @Test func disksOfARunningGuestAreKept() async throws {
    try await Rig.run { rig in
      await rig.boot("disks", extra: "disks: [{name: data, size: 8MiB}, {name: more, size: 8MiB}]")
      let folder = rig.folder + "/lib/vms/\(await rig.status("disks").id)"
      await rig.keeps("disks", "one")
      await rig.ok("snapshot", "create", "disks", "one", "--disk-only")
      await rig.keeps("disks", "two")
      await rig.ok("pause", "disks")
      await rig.ok("snapshot", "create", "disks", "two", "--disk-only", "--require", "crash")
      let less = await rig.cli("snapshot", "create", "disks", "x", "--disk-only", "--require", "filesystem")
      #expect(less.status != 0 && less.error.contains("consistency crash"), "\(less.error)")
      let quiesce = await rig.cli("snapshot", "create", "disks", "x", "--disk-only", "--quiesce")
      #expect(quiesce.status != 0 && quiesce.error.contains("paused"), "\(quiesce.error)")
      await rig.ok("resume", "disks")
      await rig.ok("disk", "resize", "disks", "more", "16MiB")
      await rig.ok("snapshot", "create", "disks", "three", "--disk-only")
      #expect(await rig.ok("snapshot", "tree", "disks") == "one\n  two\n    three *\n")
      await rig.ok("snapshot", "delete", "disks", "two")
      #expect(await rig.ok("snapshot", "tree", "disks") == "one\n  three *\n")
      await rig.ok("kill", "disks")
      await rig.ok("snapshot", "revert", "disks", "one", "--start")
      await rig.ok("wait", "disks", "--state", "agent", "--timeout", "90")
      #expect(await rig.kept("disks") == "one")
      #expect(await rig.inGuest("disks", "cat /sys/block/vdb/size") == "16384\n", "it is as small as it was")
      #expect(await rig.ok("snapshot", "tree", "disks") == "one *\n  three\n")
      // One that does not run, with a branch.
      await rig.ok("kill", "disks")
      await rig.ok("snapshot", "create", "disks", "cold")
      #expect(await rig.ok("snapshot", "tree", "disks") == "one\n  three\n  cold *\n")
      #expect(await rig.ok("snapshot", "show", "disks", "cold").contains("consistency:"))
      for name in ["one", "three", "cold"] { await rig.ok("snapshot", "delete", "disks", name) }
      for name in ["data", "more"] { try rig.isClean(folder + "/\(name).qcow2") }
    }
  }

  /// A guest that writes all the time: its file system is whole in the snapshot.
  @Test func fileSystemsAreWhole() async throws {
    try await Rig.run { rig in
      await rig.boot("whole", extra: "disks: [{name: data, size: 16MiB}]")
      let writer = "while :; do echo more >>/data/log; done"
      await rig.ok(
        "exec", "whole", "--", "sh", "-c",
        "mkdir -p /data && mke2fs /dev/vda >/dev/null && mount /dev/vda /data && echo stays >/data/word "
          + "&& (\(writer)) </dev/null >/dev/null 2>&1 &")
      try await eventually("it writes") { await !rig.inGuest("whole", "cat /data/log | head -n 1").isEmpty }
      await rig.ok("snapshot", "create", "whole", "q", "--disk-only", "--quiesce", "--require", "filesystem")
      #expect(await rig.ok("snapshot", "show", "whole", "q").contains("filesystem"))
      #expect(await rig.ok("events", "whole").contains("file systems thawed"))
      await rig.ok("snapshot", "revert", "whole", "q", "--force", "--start")
      await rig.ok("wait", "whole", "--state", "agent", "--timeout", "90")
      let word = await rig.inGuest(
        "whole", "mkdir -p /data; mount -o ro /dev/vda /data && cat /data/word; dmesg | grep -i 'vda.*error'")
      #expect(word == "stays\n", "\(word)")
      await rig.ok("snapshot", "delete", "whole", "q")
    }
  }

  /// An image of the user's keeps what is not ours when the VM goes.
  @Test func foreignSnapshotsStay() async throws {
    try await Rig.run { rig in
      let image = rig.image("own.qcow2")
      try Command.must("/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", image, "4M")
      try Command.must("/usr/bin/qemu-img", "snapshot", "-c", "theirs", image)
      chmod(image, 0o666)
      let disk = "disks: [{path: \(image)}]"
      await rig.ok("create", "-f", "-", "--start", input: "name: own\nmemory: 16MiB\n\(disk)\n")
      await rig.ok("snapshot", "create", "own", "warm")
      await rig.ok("snapshot", "create", "own", "flat", "--disk-only")
      await rig.ok("delete", "own", "--force")
      let left = try Command.must("/usr/bin/qemu-img", "snapshot", "-l", image)
      #expect(left.contains("theirs") && left.split(separator: "\n").count == 3, "\(left)")
      // A raw disk is named, with what helps.
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("raw"))
      let raw = await rig.cli("snapshot", "create", "raw", "x")
      #expect(raw.status != 0 && raw.error.contains("raw: root") && raw.error.contains("qcow2"), "\(raw.error)")
      await rig.ok("delete", "raw", "--force")
    }
  }

  /// Supervisor and hypervisor are killed in the middle of everything: record and images agree afterwards.
  @Test func killsInTheMiddleLeaveWholeSnapshots() async throws {
    var random = SeededRandom("snapshots that are killed")
    try await Rig.run { rig in
      let disks = "disks: [{name: a, size: 4MiB}, {name: b, size: 4MiB}]"
      await rig.ok("create", "-f", "-", "--start", input: "name: torn\nmemory: 64MiB\n\(disks)\n")
      let folder = rig.folder + "/lib/vms/\(await rig.status("torn").id)"
      await rig.ok("snapshot", "create", "torn", "base")
      for round in 0..<12 {
        if await rig.status("torn").state != "running" {
          _ = await rig.cli("stop", "torn")
          await rig.ok("start", "torn")
        }
        let words: [String] =
          switch round % 4 {
          case 0: ["create", "torn", "warm\(round)"]
          case 1: ["create", "torn", "flat\(round)", "--disk-only"]
          case 2: ["revert", "torn", "base", "--force", "--start"]
          default: ["delete", "torn", await rig.snapshots("torn").first { $0 != "base" } ?? "none"]
          }
        let both = try await rig.interrupt(
          ["snapshot"] + words, of: "torn", within: 250, pending: "snapshot", &random)
        // An operation comes after what was left is settled.
        if await !rig.snapshots("torn").contains("probe") { _ = await rig.cli("snapshot", "create", "torn", "probe") }
        _ = await rig.cli("snapshot", "delete", "torn", "probe")
        _ = await rig.cli("kill", "torn")
        let known = Set(await rig.snapshotIDs("torn"))
        for name in ["a", "b"] {
          #expect(try rig.tags(folder + "/\(name).qcow2") == known, "\(words), \(both)")
          // A hypervisor that is killed may leak clusters, which are room and no content; anything else is not repaired.
          try Command.must("/usr/bin/qemu-img", "check", "-q", "-r", "leaks", folder + "/\(name).qcow2")
        }
      }
      for name in await rig.snapshots("torn") { await rig.ok("snapshot", "revert", "torn", "--disks-only", name) }
      for name in await rig.snapshots("torn") { await rig.ok("snapshot", "delete", "torn", name) }
      for name in ["a", "b"] { try rig.isClean(folder + "/\(name).qcow2") }
    }
  }
}

extension Rig {
  /// Lets a guest write a word to the disks `vda` and `vdb`, and into its memory.
  fileprivate func keeps(_ vm: String, _ word: String, inMemory: Bool = false) async {
    let disks = "for d in vda vdb; do echo \(word) | dd of=/dev/$d conv=notrunc,fsync 2>/dev/null; done"
    await ok("exec", vm, "--", "sh", "-c", inMemory ? "echo \(word) >/tmp/word; \(disks)" : disks)
  }

  /// What it kept; all words if they are not the same.
  fileprivate func kept(_ vm: String, inMemory: Bool = false) async -> String {
    let script = "for d in vda vdb; do head -n 1 /dev/$d; done" + (inMemory ? "; cat /tmp/word" : "")
    return Set(await inGuest(vm, script).split(separator: "\n")).sorted().joined(separator: ",")
  }

  /// Names of a VM's snapshots.
  fileprivate func snapshots(_ vm: String) async -> [String] {
    await cli("snapshot", "list", vm, "--output", "name").output.split(separator: "\n").map(String.init)
  }

  fileprivate func snapshotIDs(_ vm: String) async -> [String] {
    let text = await cli("snapshot", "list", vm, "--output", "json").output
    let whole = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
    return (whole?["snapshots"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
  }

  /// Names of the snapshots in an image.
  fileprivate func tags(_ image: String) throws -> Set<String> {
    let lines = try Command.must("/usr/bin/qemu-img", "snapshot", "-l", image).split(separator: "\n").dropFirst(2)
    return Set(lines.compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) })
  }

  /// An image without snapshots and without errors.
  fileprivate func isClean(_ image: String) throws {
    #expect(try tags(image).isEmpty)
    try Command.must("/usr/bin/qemu-img", "check", image)
  }
}
