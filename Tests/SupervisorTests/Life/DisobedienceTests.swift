import Foundation
import Glibc
import Linux
import Testing

/// Guests that do not obey, hypervisors that stand still, guests that start again and again.
@Suite(.serialized) struct DisobedienceTests {
  @Test func aGuestThatHadToBeCutIsSaidToHaveBeen() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("deaf"))
      // Firmware hears no power button.
      let stopped = await rig.cli("stop", "deaf", "--timeout", "2", "--output", "json")
      #expect(stopped.status == 6 && stopped.output.contains(#""cut""#), "\(stopped.output)")
      for _ in 0..<2 {
        let status = await rig.status("deaf")
        let cut = status.fields["power_cut"] as? [String: Any]
        #expect(status.state == "stopped" && (cut?["cause"] as? String)?.contains("did not obey") == true)
        #expect(status.history.contains { $0.contains("the guest did not obey") }, "\(status.history)")
        #expect(await rig.cli("status", "deaf").output.contains("Power cut: "))
        let reasons = await rig.explain("deaf").reasons
        #expect(reasons.contains { $0.cause.contains("its power was cut") })
        #expect(!reasons.contains { $0.remedy.contains("vmsupervisor explain") }, "nobody is sent to where he is")
        #expect(await rig.ok("events", "deaf").contains("the guest did not obey"))
        await rig.supervisor.kill9()
        try await rig.startSupervisor()
      }
      #expect(try Files.readText(rig.folder + "/supervisor.log").contains("the guest did not obey"))

      await rig.ok("start", "deaf")
      #expect(await rig.status("deaf").fields["power_cut"] == nil)
      await rig.ok("pause", "deaf")
      let paused = await rig.cli("stop", "deaf")
      #expect(paused.status == 6 && paused.output.contains("it was paused"), "\(paused.output)")
      // What its owner asks for is no alarm.
      await rig.ok("start", "deaf")
      await rig.ok("kill", "deaf")
      #expect(await rig.status("deaf").fields["power_cut"] == nil)
    }
  }

  @Test func aRebootThatComesToTheResetButton() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("deaf"))
      let reboot = await rig.cli("reboot", "deaf", "--timeout", "1")
      #expect(reboot.status == 6 && reboot.output.contains("its reset button was pressed"), "\(reboot.output)")
      let status = await rig.status("deaf")
      #expect(status.fields["power_cut"] != nil)
      #expect(status.history.contains { $0.contains("the guest did not obey") }, "\(status.history)")
      #expect(await rig.explain("deaf").reasons.contains { $0.cause.contains("reset button was pressed") })
      #expect(await rig.ok("events", "deaf").contains("the guest did not obey"))
      let log = try Files.readText(rig.folder + "/supervisor.log")
      #expect(log.contains("the guest did not obey"), "\(log)")
      await rig.ok("reboot", "deaf", "--hard")
      #expect(await rig.status("deaf").fields["power_cut"] == nil)
    }
  }

  @Test func aHypervisorThatASignalHasStopped() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("ice"))
      let pid = await rig.status("ice").pid
      kill(pid, SIGSTOP)
      try await eventually("it is noticed") { await rig.status("ice").fields["stall"] != nil }
      let reason = try #require(await rig.explain("ice").reasons.first)
      #expect(reason.cause.contains("stopped by a signal") && reason.remedy.contains("kill -CONT \(pid)"), "\(reason)")
      #expect(await rig.ok("events", "ice").contains("its hypervisor stands still"))
      #expect(await rig.ok("status").contains("stopped by a signal"))
      let paused = await rig.cli("pause", "ice")
      #expect(paused.status == 69 && paused.error.contains("kill -CONT \(pid)"), "\(paused.status) \(paused.error)")
      // As the remedy says.
      kill(pid, SIGCONT)
      try await eventually("it goes on") { await rig.status("ice").fields["stall"] == nil }
      #expect(await rig.ok("events", "ice").contains("its hypervisor goes on"))
      try await eventually("what was requested meanwhile is done") { await rig.status("ice").state == "paused" }

      for words in [["stop", "ice", "--timeout", "1"], ["kill", "ice"]] {
        await rig.ok(words[0] == "stop" ? "resume" : "start", "ice")
        kill(await rig.status("ice").pid, SIGSTOP)
        let ended =
          words.count == 2 ? await rig.cli("kill", "ice") : await rig.cli("stop", "ice", "--timeout", "1")
        #expect(ended.status == (words.count == 2 ? 0 : 6), "\(ended.error)")
        #expect(await rig.status("ice").state == "stopped")
      }
    }
  }

  @Test func aGuestThatRebootsAgainAndAgain() async throws {
    try await Rig.run { rig in
      // A kernel without an init panics before it knows of the device that would tell us, and starts again.
      await rig.ok(
        "create", "-f", "-", "--start",
        input: rig.guestSpec("loop", cmdline: "quiet panic=-1 rdinit=/nothing root=/dev/none", extra: "agent: false"))
      try await eventually("it is noticed", within: 240) {
        await rig.status("loop").warnings.contains { $0.contains("again and again") }
      }
      let status = await rig.status("loop")
      #expect(status.state == "running" && status.fields["guest_resets"] as? Int ?? 0 >= 5)
      let explained = await rig.explain("loop")
      #expect(explained.verdict == "weakened")
      #expect(explained.reasons.contains { $0.cause.contains("again and again") && $0.remedy.contains("logs loop") })
      let events = await rig.ok("events", "loop")
      #expect(events.components(separatedBy: "started again by itself").count - 1 == 4, "\(events)")
      #expect(events.contains("the guest starts again and again"))
    }
  }
}

extension GuestTests {
  @Test func agentsThatComeAndGoAreEvents() async throws {
    try await Rig.run { rig in
      await rig.boot("life")
      func count(_ words: String) async -> Int {
        await rig.ok("events", "life").components(separatedBy: words).count - 1
      }
      #expect(await count("agent connected") == 1)
      // The guest's init starts it again.
      _ = await rig.cli("exec", "life", "--", "killall", "qemu-ga")
      try await eventually("it goes", within: 60) { await count("agent gone") == 1 }
      try await eventually("it comes", within: 60) { await count("agent connected") == 2 }
      await rig.ok("wait", "life", "--state", "agent", "--timeout", "60")

      await rig.ok("exec", "life", "--", "sh", "-c", "(sleep 60; killall -CONT qemu-ga) >/dev/null 2>&1 &")
      _ = await rig.cli("exec", "life", "--timeout", "1", "--", "sh", "-c", "killall -STOP qemu-ga")
      try await eventually("its silence is noticed", within: 120) { await count("agent does not answer") == 1 }
      let status = await rig.status("life")
      #expect(status.fields["agent_connected"] as? Bool == false)
      #expect(status.warnings.contains { $0.contains("nobody answers there") })
      #expect(await rig.explain("life").reasons(in: "agent").count == 1)
      try await eventually("it answers again", within: 180) { await count("agent answers again") == 1 }
      #expect(await rig.status("life").fields["agent_connected"] as? Bool == true)
    }
  }

  @Test func aGuestThatIsStoppedWhileItBootsStillObeys() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.guestSpec("early"))
      // Nobody listens yet; what is asked again and again is heard.
      await rig.ok("stop", "early", "--timeout", "120")
      let status = await rig.status("early")
      #expect(status.state == "stopped" && status.fields["power_cut"] == nil)
    }
  }
}
