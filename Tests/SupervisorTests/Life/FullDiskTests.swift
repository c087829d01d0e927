import Foundation
import Glibc
import Linux
import Testing

extension GuestTests {
  /// A file system of the host that is too small for what a guest writes.
  private struct Small {
    let folder: String
    var image: String { folder + "/data.img" }

    init(_ rig: Rig) async throws {
      folder = rig.image("small")
      try Files.makeFolders(folder)
      try Command.must("/usr/bin/mount", "-t", "tmpfs", "-o", "size=24m,mode=755", "tmpfs", folder)
      try Command.must("/usr/bin/truncate", "-s", "100M", image)
      try Command.must("/usr/sbin/mkfs.ext4", "-q", "-F", image)
      chmod(image, 0o666)
      // It is in a mount namespace of its own, which was made before.
      await rig.supervisor.stop()
      try await rig.startSupervisor()
    }

    func grow() throws { try Command.must("/usr/bin/mount", "-o", "remount,size=200m", folder) }
    func remove() { umount2(folder, Int32(MNT_DETACH)) }
  }

  /// The guest writes more than fits, beside.
  private static let write = """
    (mount -t ext4 /dev/vda /mnt && dd if=/dev/zero of=/mnt/big bs=1M count=40 && sync && umount /mnt \
    && echo written > /tmp/done) >/dev/null 2>&1 &
    """

  @Test(arguments: [false, true]) func aFullFileSystemHoldsTheGuest(plugged: Bool) async throws {
    try await Rig.run { rig in
      let small = try await Small(rig)
      defer { small.remove() }
      let health = """
        health: {check: agent, interval: 1, timeout: 5, threshold: 4, grace: 120}
        restart: {policy: always}
        """
      if plugged {
        await rig.boot("full", extra: health)
        await rig.ok("disk", "attach", "full", "--name", "data", "--path", small.image, "--format", "raw")
        try await eventually("the guest sees it") {
          await rig.cli("exec", "full", "--", "test", "-b", "/dev/vda").status == 0
        }
      } else {
        await rig.boot("full", extra: "disks: [{name: data, path: \(small.image), format: raw}]\n" + health)
      }
      let pid = await rig.status("full").pid
      await rig.ok("exec", "full", "--", "sh", "-c", Self.write)
      try await eventually("it is held", within: 120) { await rig.status("full").state == "paused" }
      try await isHeld(rig, small, pid)
      #expect(await rig.ok("events", "full").contains("guest held by an error of a disk"))
      let soft = await rig.cli("reboot", "full")
      #expect(soft.status == 1 && soft.error.contains("disk error holds it"), "\(soft.error)")

      let wait = await rig.cli("wait", "full", "--state", "running", "--timeout", "1")
      #expect(wait.status == 124 && wait.error.contains(small.folder), "\(wait.error)")

      // Nothing has changed: it is held again, and that is said.
      let tooEarly = await rig.cli("resume", "full")
      #expect(tooEarly.status == 75 && tooEarly.error.contains(small.folder), "\(tooEarly.status): \(tooEarly.error)")
      try await isHeld(rig, small, pid)
      // The reason outlives the supervisor.
      await rig.supervisor.kill9()
      try await rig.startSupervisor()
      try await isHeld(rig, small, pid)

      try small.grow()
      await rig.ok("resume", "full")
      try await eventually("the guest has finished", within: 120) {
        await rig.cli("exec", "full", "--", "cat", "/tmp/done").output == "written\n"
      }
      let status = await rig.status("full")
      #expect(status.state == "running" && status.pid == pid && status.restarts == 0 && status.cause.isEmpty)
      #expect(status.fields["held"] as? Bool == false)
      await rig.ok("stop", "full", "--timeout", "60")
      let check = await Command.run("/usr/sbin/e2fsck", ["-f", "-n", small.image])
      #expect(check.status == 0, "\(check.output)")
    }
  }

  private func isHeld(_ rig: Rig, _ small: Small, _ pid: Int32) async throws {
    let status = await rig.status("full")
    #expect(status.state == "paused" && status.pid == pid && status.fields["held"] as? Bool == true)
    #expect(status.cause.contains("disk data: the file system at \(small.folder) is full"), "\(status.cause)")
    #expect(status.remedy == "free space on \(small.folder), then let it go on: vmsupervisor resume full")
    let explained = await rig.explain("full")
    let reason = try #require(explained.reasons.first)
    #expect(explained.verdict == "weakened" && reason.cause == status.cause && reason.remedy == status.remedy)
    #expect(await rig.ok("status").contains("the file system at"))
  }

  @Test func aHeldGuestCanBeEnded() async throws {
    try await Rig.run { rig in
      let small = try await Small(rig)
      defer { small.remove() }
      await rig.boot("full", extra: "disks: [{name: data, path: \(small.image), format: raw}]")
      await rig.ok("exec", "full", "--", "sh", "-c", Self.write)
      try await eventually("it is held", within: 120) { await rig.status("full").state == "paused" }
      let stopped = await rig.cli("stop", "full")
      #expect(stopped.status == 6 && stopped.output.contains("a disk error held it"), "\(stopped.output)")
      #expect(await rig.status("full").state == "stopped")
    }
  }
}
