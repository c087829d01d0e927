import Foundation
import Linux
import Testing

extension GuestTests {
  /// What the kernel has read is what was written, to the last byte that it reads.
  @Test func theKernelReadsTheWholeLine() async throws {
    try await Rig.run { rig in
      let head = #"quiet pad.note="two  blanks;  more"  pad.x="#
      // 2047 bytes are read, of which ` console=ttyS0` takes 14.
      let line = head + String(repeating: "x", count: 2033 - head.utf8.count)
      await rig.boot("full", cmdline: "'\(line)'", extra: "")
      #expect(await rig.inGuest("full", "cat /proc/cmdline") == line + " console=ttyS0\n")
      await rig.ok("kill", "full")
      let long = await rig.cli("create", "-f", "-", input: rig.guestSpec("long", cmdline: "'\(line)x'"))
      #expect(long.status == 1 && long.error.contains("boot.cmdline") && long.error.contains("2033 are left"))
      // The address is known at the start.
      await rig.ok("create", "-f", "-", input: rig.guestSpec("late", cmdline: "'\(line)'"))
      let late = await rig.cli("start", "late")
      #expect(late.status == 1 && late.error.contains("late: boot.cmdline"), "\(late.error)")
      #expect(late.error.contains("ip=") && late.error.contains("are left"), "\(late.error)")
      await rig.ok("delete", "late")
      try await eventually("no port is left") { await rig.cli("ports", "--no-headers").output.isEmpty }
    }
  }

  /// Serial numbers tell disks apart, and whoever gave an option reads its name.
  @Test func disksThatArePluggedInDiffer() async throws {
    try await Rig.run { rig in
      await rig.boot("twins", extra: "disks: [{name: root, size: 4MiB}]")
      let names = ["pvc-7286dfe6-7c44-4057-a8f4-362cc1e7468c", "pvc-7286dfe6-7c44-4057-9999-362cc1e7468c"]
      for name in names { await rig.ok("disk", "attach", "twins", "--name", name, "--size", "1MiB") }
      try await eventually("the guest sees three serial numbers") { await rig.guestDisks("twins").count == 3 }
      let disks = await rig.guestDisks("twins")
      #expect(disks["disk0"] != nil && disks.keys.filter { $0.hasPrefix("pvc-7286dfe") }.count == 2, "\(disks)")
      for (arguments, words) in [
        (["disk", "attach", "twins", "--name", "disk0", "--size", "1MiB"], "twins: --name"),
        (["disk", "attach", "twins", "--name", "a b", "--size", "1MiB"], "twins: --name"),
        (["disk", "attach", "twins", "--size", "1KiB"], "twins: --size"),
        (["disk", "resize", "twins", names[0], "65TiB"], "\(names[0]): SIZE"),
        (["limit", "twins", "--tasks", "1"], "twins: --tasks"),
        (["limit", "twins", "--iops", "root=4000000000"], "twins: --iops"),
        (["limit", "twins", "--cpu", "300"], "twins: --cpu"),
        (["nic", "attach", "twins", "--network", "a b"], "twins: --network"),
        (["nic", "attach", "twins", "--address", "10.0.0"], "twins: --address"),
      ] {
        let result = await Command.run(
          rig.bin + "/vmsupervisor", arguments, environment: ["PROCURATOR_SOCKET": rig.apiSocket])
        #expect(result.status == 1 && result.error.contains(words), "\(arguments): \(result.error)")
        #expect(!result.error.contains("line ") && !result.error.contains("spec spec"), "\(result.error)")
      }
      await rig.ok("kill", "twins")
    }
  }

  /// Documents that would take hours are refused at once, and nobody waits for them; what cannot be as it is wanted is said.
  @Test func documentsAreReadWithinBounds() async throws {
    try await Rig.run { rig in
      var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
      for level in 1..<12 {
        bomb += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ","))]\n"
      }
      let hostile = bomb + "? *a11\n: y\n"
      await withTaskGroup { group in
        for _ in 0..<4 {
          group.addTask {
            let result = await rig.cli("create", "-f", "-", input: hostile)
            #expect(result.status == 1 && result.error.contains("more than 100000 values"), "\(result.error)")
          }
        }
        group.addTask { await rig.ok("status") }
      }
      let empty = await rig.cli("create", "-f", "-", input: "")
      #expect(empty.status == 1 && empty.error.contains("it is empty; write at least name"), "\(empty.error)")
      let comments = await rig.cli("run", "-", input: "# nothing\n---\n")
      #expect(comments.status == 1 && comments.error.contains("it is empty; write at least name"), "\(comments.error)")
      let json = await rig.cli(
        "create", "-f", "-",
        input: "\u{feff}"
          + #"{"name": "rocket", "memory": "16MiB", "disks": [{"size": "1MiB"}], "labels": {"a": "\ud83d\ude80"}}"#)
      #expect(json.status == 0, "\(json.error)")
      #expect(await rig.ok("status", "rocket", "--output", "yaml").contains(#"a: "\U0001F680""#))
      let sketch = await rig.cli("run", "--kernel", rig.image("vmlinuz"), "--memory", "1MiB")
      #expect(sketch.error.contains("cannot run --memory: "), "\(sketch.error)")

      let warned = await rig.cli(
        "create", "-f", "-", input: rig.bareSpec("seeded", extra: "cloudInit: {userData: \"users: []\\n\"}"))
      #expect(
        warned.status == 0 && warned.error.contains("cloud-init will ignore cloudInit.userData"), "\(warned.error)")
      #expect(await rig.ok("status", "seeded").contains("cloud-init will ignore cloudInit.userData"))
      #expect(await rig.ok("explain", "seeded").contains("cloud-init will ignore cloudInit.userData"))
      #expect(await rig.ok("status", "seeded", "--output", "json").contains("cloud-init will ignore"))
    }
  }
}
