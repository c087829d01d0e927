import Foundation
import Testing

extension GuestTests.RemoteTests {
  /// Everything that the contract does in a guest, by a client that knows nothing of ours.
  @Test func aPythonClientWorksInAGuest() async throws {
    try await Rig.run { rig in
      try await rig.openNetwork()
      try await rig.caller("control-plane", "plane")
      try rig.isoImage("a.iso", "medium a")
      await rig.boot(
        "inside", extra: "nics: [{network: default}]\ndisks: [{size: 16MiB, format: raw}]\ncdroms: [{name: dvd}]")
      let address = await rig.status("inside").address
      await rig.ok("exec", "inside", "--", "sh", "-c", "mke2fs /dev/vda >/dev/null && mount /dev/vda /data")
      let result = await rig.peer("guest.py", "plane", Rig.schemas, "inside", rig.image("a.iso"))
      try #require(result.status == 0, "\(result.error) \(result.output)")
      let peer = PeerAnswers(result.output)
      let answer = peer.answer

      #expect(
        answer("ping")["connected"] as? Bool == true && answer("ping")["uptimeSeconds"] != nil, "\(answer("ping"))")
      let guest = try #require(answer("status")["guestAgent"] as? [String: Any])
      #expect(guest["osName"] as? String == "Procurator guest" && guest["hostname"] as? String == "inside", "\(guest)")
      #expect((guest["kernelVersion"] as? String)?.contains("cloud-amd64") == true, "\(guest)")
      #expect(guest["ipAddresses"] as? [String] == [address] && guest["lastSeen"] != nil, "\(guest)")
      #expect((guest["capabilities"] as? [String])?.contains("guest-exec") == true)
      let usage = try #require(guest["resourceUsage"] as? [String: Any])
      #expect(Int(usage["memoryTotalBytes"] as? String ?? "") ?? 0 > 64 << 20, "\(usage)")

      #expect(answer("args")["stdout"] as? String == "a b|$(id)|'|", "\(answer("args"))")
      #expect(answer("where")["stdout"] as? String == "/etc\n$HOME'\n", "\(answer("where"))")
      #expect(answer("who")["stdout"] as? String == "65534\n", "\(answer("who"))")
      #expect(answer("input")["stdoutBytes"] as? String == "AP8=", "\(answer("input"))")
      #expect(answer("signal")["exitCode"] as? Int == 137, "\(answer("signal"))")
      for fault in ["no folder", "no user", "no owner"] {
        #expect(peer.fault(fault).hasPrefix("FAILED_PRECONDITION: "), "\(fault): \(peer.fault(fault))")
      }
      let late = answer("late")
      #expect(late["timedOut"] as? Bool == true && late["stdout"] as? String == "begun\n", "\(late)")
      #expect((late["error"] as? String)?.contains("was ended with what it had started") == true, "\(late)")
      #expect(answer("rest")["stdout"] as? String == "0\n", "\(answer("rest"))")

      #expect(answer("written")["isAtomic"] as? Bool == true, "\(answer("written"))")
      #expect(answer("facts")["stdout"] as? String == "640 nobody nogroup\n", "\(answer("facts"))")
      #expect(answer("files")["stdout"] as? String == "file\n", "nothing is left beside it")
      #expect(answer("device")["success"] as? Bool == true && answer("device")["isAtomic"] == nil)
      #expect(answer("read")["data"] as? String == Data("3456".utf8).base64EncodedString(), "\(answer("read"))")
      #expect((answer("clock")["offsetSeconds"] as? Double).map { $0 < -1e8 } == true, "\(answer("clock"))")
      #expect(abs(answer("clock")["offsetAfterSeconds"] as? Double ?? 0) < 30, "\(answer("clock"))")
      #expect(Int((answer("year")["stdout"] as? String ?? "").filter(\.isNumber)) ?? 0 > 2020, "\(answer("year"))")

      let frozen = try #require((answer("frozen")["frozen"] as? [[String: Any]])?.first)
      #expect(frozen["mountPoint"] as? String == "/data" && frozen["frozen"] as? Bool == true, "\(frozen)")
      #expect(answer("frozen")["armedInGuest"] as? Bool == true, "\(answer("frozen"))")
      #expect(answer("frozen ping")["connected"] as? Bool == true)
      #expect(peer.fault("no token").hasPrefix("INVALID_ARGUMENT: "), "\(peer.fault("no token"))")
      for fault in ["no program", "wrong token", "thawed twice"] {
        #expect(peer.fault(fault).hasPrefix("FAILED_PRECONDITION: "), "\(fault): \(peer.fault(fault))")
      }
      #expect(answer("thawed")["thawedMountPoints"] as? [String] == ["/data"], "\(answer("thawed"))")
      #expect(answer("thawed")["wasHeld"] as? Bool == true && answer("thawed")["frozenDurationMs"] != nil)

      #expect(answer("medium")["stdout"] as? String == "medium a", "\(answer("medium"))")
      #expect(peer.fault("no medium").hasPrefix("NOT_FOUND: "), "\(peer.fault("no medium"))")
      #expect(peer.fault("no drive").hasPrefix("NOT_FOUND: "), "\(peer.fault("no drive"))")
      for down in ["reboot", "down"] { #expect(answer(down)["accepted"] as? Bool == true) }
      #expect(answer("after reboot")["state"] as? String == "POWER_STATE_RUNNING")
      #expect(answer("still up")["state"] as? String == "POWER_STATE_RUNNING")
      // From the other side.
      #expect(await rig.status("inside").cause.contains("switched itself off"))
      let console = await rig.ok("logs", "inside", "-n", "500")
      #expect(console.contains("wall: maintenance at noon") && console.contains("said to a device"), "\(console)")
      #expect(await rig.ok("events", "inside").contains("the guest has started again by itself"))
      #expect(await rig.ok("events", "inside").contains("reboot requested"))
    }
  }
}
