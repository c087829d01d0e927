import Foundation
import Linux
import Testing

/// A client over the network that saves a real guest, and makes others of it.
extension GuestTests {
  @Test func aPythonClientSavesAndRestores() async throws {
    try await Rig.run { rig in
      try await rig.openNetwork()
      try await rig.caller("control-plane", "plane")
      await rig.boot("py", extra: "disks: [{name: data, size: 8MiB}]\nnics: [{network: default}]")
      let boot = await rig.inGuest("py", "echo word >/tmp/word; cat /proc/sys/kernel/random/boot_id")
      let result = await rig.peer("saves.py", "plane", Rig.schemas, "py")
      try #require(result.status == 0, "\(result.error)")
      let peer = PeerAnswers(result.output)
      let saved = peer.answer("saved")
      #expect(saved["folder"] as? String == rig.folder + "/lib/saves/py-warm", "\(saved)")
      #expect(saved["consistency"] as? String == "memory" && peer.answer("flat")["consistency"] as? String == "crash")
      for (what, code) in [
        ("again", "ALREADY_EXISTS"), ("outside", "INVALID_ARGUMENT"), ("nobody", "NOT_FOUND"),
        ("taken", "ALREADY_EXISTS"), ("nameless", "INVALID_ARGUMENT"), ("nothing", "NOT_FOUND"),
      ] {
        #expect(peer.fault(what).hasPrefix(code + ": "), "\(what): \(peer.fault(what))")
      }
      // From the other side: the guest itself went on, and the folder is there.
      let id = peer.answer("restored")["vmId"] as? String
      #expect(await rig.status("py2").id == id)
      await rig.ok("wait", "py2", "--state", "agent", "--timeout", "90")
      #expect(await rig.inGuest("py2", "cat /tmp/word /proc/sys/kernel/random/boot_id") == "word\n" + boot)
      #expect(try Files.names(in: rig.folder + "/lib/saves/py-flat").count == 3)
      #expect(await rig.status("py3").state == "pending")
      let events = await rig.ok("events", "py", "--output", "json")
      #expect(events.contains("py-warm") && events.contains("plane[control-plane]"), "\(events)")
    }
  }
}
