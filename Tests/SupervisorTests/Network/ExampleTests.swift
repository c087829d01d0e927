import Foundation
import Testing

extension GuestTests.RemoteTests {
  /// What docs/api.md shows in Python is what a caller can do.
  @Test func theExamplesOfTheAPIWork() async throws {
    try await Rig.run { rig in
      try await rig.openNetwork()
      await rig.boot("web", extra: "disks: [{size: 256MiB}]")
      await rig.ok("exec", "web", "--", "sh", "-c", "mke2fs /dev/vda >/dev/null && mount /dev/vda /data")
      let page = Rig.pages + "/api.md"
      let result = await rig.peer("examples.py", "alice", Rig.schemas, page, rig.folder + "/lib/pools")
      try #require(result.status == 0, "\(result.error)\n\(result.output)")
      #expect(result.output.contains("hello"), "\(result.output)")
      #expect(result.output.contains("NOT_FOUND VM not found: cannot start nobody"), "\(result.output)")
      // From the other side.
      let events = await rig.ok("events")
      for what in ["snapshot", "file systems thawed", "paused"] { #expect(events.contains(what), "\(what): \(events)") }
      #expect(await rig.status("web").state == "running")
      #expect(await rig.inGuest("web", "cat /tmp/note") == "hello")
    }
  }
}
