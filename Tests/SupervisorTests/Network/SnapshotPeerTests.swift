import Foundation
import Testing

/// A client of the contract that keeps states of a real guest.
extension GuestTests {
  @Test func aPythonClientGoesBack() async throws {
    try await Rig.run { rig in
      try await rig.openNetwork()
      try await rig.caller("control-plane", "plane")
      await rig.boot("py", extra: "disks: [{name: data, size: 8MiB}]")
      let boot = await rig.inGuest("py", "echo word >/tmp/word; cat /proc/sys/kernel/random/boot_id")
      let result = await rig.peer("snapshots.py", "plane", Rig.schemas, "py")
      try #require(result.status == 0, "\(result.error)")
      let peer = PeerAnswers(result.output)
      let first = peer.answer("first")
      #expect(first["name"] as? String == "first" && first["description"] as? String == "with its memory")
      #expect(first["vmState"] as? String == "POWER_STATE_RUNNING" && first["createdAt"] != nil, "\(first)")
      #expect(first["consistency"] as? String == "memory" && first["isCurrent"] as? Bool == true)
      #expect(peer.answer("event")["type"] as? String == "EVENT_TYPE_SNAPSHOT_CREATED", "\(peer.answer("event"))")
      let second = peer.answer("second")
      #expect(second["parentId"] as? String == first["snapshotId"] as? String, "\(second)")
      #expect(second["consistency"] as? String == "crash")
      #expect(peer.fault("again").hasPrefix("ALREADY_EXISTS: "), "\(peer.fault("again"))")
      for (what, code) in [
        ("nameless", "INVALID_ARGUMENT"), ("consistency", "INVALID_ARGUMENT"), ("less", "FAILED_PRECONDITION"),
        ("runs", "FAILED_PRECONDITION"), ("unknown", "NOT_FOUND"),
      ] {
        #expect(peer.fault(what).hasPrefix(code + ": "), "\(what): \(peer.fault(what))")
      }
      let list = peer.answer("list")["snapshots"] as? [[String: Any]] ?? []
      #expect(list.compactMap { $0["name"] as? String } == ["first", "second"])
      #expect(peer.answer("back")["state"] as? String == "POWER_STATE_RUNNING")
      let rest = peer.answer("rest")["snapshots"] as? [[String: Any]] ?? []
      #expect(rest.count == 1 && rest.first?["parentId"] as? String ?? "" == "", "\(rest)")
      // From the other side: the guest itself went on.
      await rig.ok("wait", "py", "--state", "agent", "--timeout", "90")
      #expect(await rig.inGuest("py", "cat /tmp/word /proc/sys/kernel/random/boot_id") == "word\n" + boot)
      let events = await rig.ok("events", "--output", "json")
      #expect(events.contains("snapshot reverted: first") && events.contains("plane[control-plane]"))
    }
  }
}
