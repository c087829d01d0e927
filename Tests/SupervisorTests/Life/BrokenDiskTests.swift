import Glibc
import Linux
import Testing

extension GuestTests {
  /// An image whose file system answers EIO: the guest keeps its memory, everybody is told why, and it can be ended; it starts
  /// when the file system is there again.
  @Test func anErrorOfAnImageHoldsTheGuest() async throws {
    try await Rig.run { rig in
      let disk = try FrozenDisk(rig.image("broken"))
      defer { disk.remove() }
      let image = disk.folder + "/data.img"
      try Command.must("/usr/bin/truncate", "-s", "8M", image)
      chmod(image, 0o666)
      try Command.must("/usr/bin/sync", "-f", image)
      // It is in a mount namespace of its own, which was made before.
      await rig.supervisor.stop()
      try await rig.startSupervisor()
      await rig.boot("broken", extra: "disks: [{name: data, path: \(image), format: raw}]\nrestart: {policy: always}")
      let pid = await rig.status("broken").pid

      try disk.breakDown()
      await rig.ok(
        "exec", "broken", "--", "sh", "-c",
        "(sleep 2; dd if=/dev/zero of=/dev/vda bs=64k count=16 oflag=direct) >/dev/null 2>&1 &")
      try await eventually("it is held", within: 120) { await rig.status("broken").state == "paused" }
      let status = await rig.status("broken")
      #expect(status.pid == pid && status.fields["held"] as? Bool == true && status.restarts == 0)
      #expect(status.cause.contains("disk data") && status.cause.contains("Input/output error"), "\(status.cause)")
      #expect(status.remedy.contains("see to the storage under"), "\(status.remedy)")
      let explained = await rig.explain("broken")
      let reason = try #require(explained.reasons.first)
      #expect(reason.part == "disk" && reason.cause == status.cause, "\(reason)")
      #expect(await rig.ok("events", "broken").contains("guest held by an error of a disk"))
      // Nothing has changed: held again, with its memory.
      let tooEarly = await rig.cli("resume", "broken")
      #expect(tooEarly.status != 0 && tooEarly.error.contains("data"), "\(tooEarly.error)")
      #expect(await rig.status("broken").pid == pid)

      await rig.ok("kill", "broken")
      await rig.supervisor.stop()
      try disk.mountAgain()
      try await rig.startSupervisor()
      await rig.ok("start", "broken")
      await rig.ok("wait", "broken", "--state", "agent", "--timeout", "120")
      await rig.ok("exec", "broken", "--", "dd", "if=/dev/zero", "of=/dev/vda", "bs=64k", "count=16", "oflag=direct")
    }
  }
}
