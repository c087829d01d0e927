import Foundation
import Linux
import Testing

/// Disks that come, grow and go while a guest runs.
extension GuestTests {
  @Test func disksComeGrowAndGo() async throws {
    try await Rig.run { rig in
      try Command.must("/usr/bin/truncate", "-s", "8M", rig.image("own.img"))
      chmod(rig.image("own.img"), 0o666)
      await rig.boot("hot", extra: "disks: [{name: first, size: 16MiB, format: raw}]")

      #expect(await rig.ok("disk", "attach", "hot", "--size", "32MiB") == "disk1\n")
      #expect(await rig.ok("disk", "attach", "hot", "--path", rig.image("own.img"), "--name", "own") == "own\n")
      // Again: nothing changes.
      #expect(await rig.ok("disk", "attach", "hot", "--path", rig.image("own.img"), "--name", "own") == "own\n")
      try await eventually("the guest sees both") {
        Set(await rig.guestDisks("hot").keys) == ["disk0", "disk1", "own"]
      }
      #expect(await rig.disks("hot") == ["first", "disk1", "own"])
      let hot = try #require(await rig.guestDisks("hot")["disk1"])
      await rig.ok("exec", "hot", "--", "sh", "-c", "echo treasure >/dev/\(hot); sync")

      // Larger: at once for the guest. Smaller: never.
      await rig.ok("disk", "resize", "hot", "disk1", "64MiB")
      await rig.ok("disk", "resize", "hot", "own", "16MiB")
      try await eventually("the guest sees the sizes") {
        await rig.inGuest("hot", "cat /sys/block/\(hot)/size") == "131072\n"
      }
      let smaller = await rig.cli("disk", "resize", "hot", "disk1", "32MiB")
      #expect(smaller.status == 1 && smaller.error.contains("64MiB") && smaller.error.contains("cut off"))
      let other = await rig.cli("disk", "attach", "hot", "--name", "own", "--size", "1MiB")
      #expect(other.status != 0 && other.error.contains("another disk of that name"), "\(other.error)")
      let fixed = await rig.cli("disk", "detach", "hot", "first")
      #expect(fixed.status == 1 && fixed.error.contains("part of the board"), "\(fixed.error)")
      let image = await rig.cli("disk", "attach", "hot", "--path", rig.image("nothing.raw"))
      #expect(image.status == 4 && image.error.contains("nothing.raw"), "\(image.error)")

      // The next start has them where they were.
      let places = "for d in /sys/block/vd*; do echo $(cat $d/serial) $(readlink -f $d/device); done | sort"
      await rig.ok("kill", "hot")
      await rig.ok("start", "hot")
      await rig.ok("wait", "hot", "--state", "agent", "--timeout", "90")
      let again = await rig.inGuest("hot", places)
      #expect(await rig.guestDisks("hot").count == 3)
      let after = try #require(await rig.guestDisks("hot")["disk1"])
      #expect(await rig.inGuest("hot", "head -c 8 /dev/\(after)") == "treasure")

      // Away: one of the user's stays where it is, one of ours too unless it is to go.
      await rig.ok("disk", "detach", "hot", "own")
      #expect(Set(await rig.guestDisks("hot").keys) == ["disk0", "disk1"])
      let file = rig.folder + "/lib/vms/\(await rig.status("hot").id)/disk1.qcow2"
      await rig.ok("disk", "detach", "hot", "disk1")
      #expect(Files.exists(file) && Files.exists(rig.image("own.img")))
      let left = await rig.cli("disk", "attach", "hot", "--name", "disk1", "--size", "1MiB")
      #expect(left.error.contains("left of a disk that was detached"), "\(left.error)")
      await rig.ok("disk", "attach", "hot", "--path", file, "--name", "back")
      try await eventually("it is back") { await rig.guestDisks("hot")["back"] != nil }
      #expect(await rig.cli("disk", "detach", "hot", "back", "--delete").error.contains("not made by the supervisor"))
      await rig.ok("disk", "detach", "hot", "back")
      await rig.ok("disk", "attach", "hot", "--name", "gone", "--size", "1MiB")
      await rig.ok("disk", "detach", "hot", "gone", "--delete")
      #expect(!Files.exists(rig.folder + "/lib/vms/\(await rig.status("hot").id)/gone.qcow2"))
      // What stayed is where it was through all of it.
      let first = again.split(separator: "\n").first { $0.hasPrefix("disk0 ") }
      #expect(await rig.inGuest("hot", places).contains(try #require(first)))
      #expect(await rig.ok("status", "hot", "--output", "json").contains("disk own detached"))
    }
  }

  @Test func aVMThatDoesNotRunHasItAtItsNextStart() async throws {
    try await Rig.run { rig in
      await rig.ok(
        "create", "-f", "-", input: rig.guestSpec("cold", extra: "disks: [{size: 4MiB}, {size: 4MiB, format: raw}]"))
      let folder = rig.folder + "/lib/vms/\(await rig.status("cold").id)"
      await rig.ok("disk", "attach", "cold", "--size", "8MiB", "--name", "more", "--format", "raw")
      #expect(!Files.exists(folder + "/more.raw"), "it is made when it is needed")
      await rig.ok("disk", "resize", "cold", "more", "12MiB")
      await rig.ok("start", "cold")
      await rig.ok("wait", "cold", "--state", "agent", "--timeout", "90")
      #expect(Set(await rig.guestDisks("cold").keys) == ["disk0", "disk1", "more"])
      await rig.ok("disk", "detach", "cold", "more", "--delete")
      await rig.ok("kill", "cold")
      await rig.ok("disk", "resize", "cold", "disk0", "8MiB")
      await rig.ok("disk", "resize", "cold", "disk1", "8MiB")
      let small = await rig.cli("disk", "resize", "cold", "disk0", "4MiB")
      #expect(small.status == 1 && small.error.contains("8MiB"), "\(small.error)")
      // The first goes; the second keeps its file, its name and its place.
      await rig.ok("disk", "detach", "cold", "disk0")
      #expect(await rig.disks("cold") == ["disk1"])
      await rig.ok("start", "cold")
      await rig.ok("wait", "cold", "--state", "agent", "--timeout", "90")
      #expect(await rig.guestDisks("cold") == ["disk1": "vda"])
      #expect(await rig.inGuest("cold", "cat /sys/block/vda/size") == "16384\n")
      await rig.ok("kill", "cold")
    }
  }

  /// SeaBIOS without a system lets nothing go, and a microvm takes nothing.
  @Test func whatCannotBeDoneIsTakenBack() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("bare"))
      await rig.ok("disk", "attach", "bare", "--size", "1MiB", "--name", "stuck")
      let late = await rig.cli("disk", "detach", "bare", "stuck")
      #expect(late.status == 124 && late.error.contains("did not let go"), "\(late.status) \(late.error)")
      #expect(await rig.disks("bare") == ["root", "stuck"])
      #expect(await rig.ok("status", "bare", "--output", "json").contains("not done: disk stuck detached"))
      // All ports, and not one more.
      for number in 0..<7 { await rig.ok("disk", "attach", "bare", "--size", "1MiB", "--name", "more\(number)") }
      let full = await rig.cli("disk", "attach", "bare", "--size", "1MiB")
      #expect(full.status == 75 && full.error.contains("all 8 ports"), "\(full.status) \(full.error)")
      // A SCSI disk needs no port, but the controller.
      let scsi = await rig.cli("disk", "attach", "bare", "--size", "1MiB", "--name", "scsi", "--bus", "scsi")
      #expect(
        scsi.status == 1 && scsi.error.contains("bare: scsi: the guest was started without a SCSI"), "\(scsi.error)")
      #expect(await rig.disks("bare").count == 9)
      // One that is halted hears nothing of a balloon, and is not off.
      await rig.ok("pause", "bare")
      let halted = await rig.cli("balloon", "bare", "16MiB")
      #expect(
        halted.status == 3 && halted.error.contains("it is paused; resume it"), "\(halted.status) \(halted.error)")
      await rig.ok("kill", "bare")

      // An image that another VM writes to.
      let taken = rig.folder + "/lib/vms/\(await rig.status("bare").id)/root.raw"
      await rig.ok("start", "bare")
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("second"))
      let locked = await rig.cli("disk", "attach", "second", "--path", taken, "--name", "theirs")
      #expect(locked.status != 0 && locked.error.contains("the VM bare uses it"), "\(locked.error)")
      #expect(await rig.disks("second") == ["root"])
      let broken = rig.image("broken.qcow2")
      try Files.replace(broken, with: Array("no image".utf8), mode: 0o666)
      chmod(broken, 0o666)
      #expect(await rig.cli("disk", "attach", "second", "--path", broken).error.contains("not a qcow2 image"))

      await rig.ok(
        "create", "-f", "-", "--start",
        input: rig.guestSpec("small", extra: "machine: microvm")
          .replacingOccurrences(of: "cmdline: \(Rig.plain)", with: ""))
      let disk = await rig.cli("disk", "attach", "small", "--size", "1MiB")
      #expect(disk.status != 0 && disk.error.contains("machine: q35"), "\(disk.error)")
      let nic = await rig.cli("nic", "attach", "small")
      #expect(nic.status != 0 && nic.error.contains("machine: q35"), "\(nic.error)")
    }
  }
}
