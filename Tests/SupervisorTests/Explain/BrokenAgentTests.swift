import Foundation
import Linux
import Testing

/// Agents that end or stand still in their guests: said, and mended from the console as the remedy says.
@Suite(.serialized) struct BrokenAgentTests {
  @Test func anAgentThatStaysAwayIsStartedAgain() async throws {
    try await Rig.run { rig in
      await rig.boot("web", extra: "")
      // The guest's init would start it again.
      let away = "p=$(command -v qemu-ga); echo $p >/run/place; mv $p /run/qemu-ga.away; killall qemu-ga"
      await rig.ok("exec", "web", "--", "sh", "-c", "(sleep 3; \(away)) >/dev/null 2>&1 </dev/null &")
      try await eventually("it has gone", within: 120) { await rig.ok("events", "web").contains("agent gone") }
      let explained = await rig.explain("web")
      let reason = try #require(explained.reasons(in: "agent").first)
      #expect(explained.verdict == "weakened" && reason.cause.contains("the guest's agent has ended"), "\(reason)")
      #expect(reason.remedy.contains("vmsupervisor console web") && reason.remedy.contains("start it"), "\(reason)")
      #expect(await rig.status("web").fields["agent_connected"] as? Bool == false)
      // As the remedy says.
      let terminal = try Terminal(rig, "console", "web")
      try await terminal.sees("procurator-guest: ready")
      terminal.type("\rmv /run/qemu-ga.away $(cat /run/place); echo $((6*7))-moved\r")
      try await terminal.sees("42-moved")
      await rig.ok("wait", "web", "--state", "agent", "--timeout", "90")
      #expect(await rig.explain("web").reasons(in: "agent").isEmpty)
      terminal.type("\u{1d}")
      try await terminal.ends(0)
    }
  }

  @Test func aFrozenAgentIsLetGoOn() async throws {
    try await Rig.run { rig in
      await rig.boot("web", extra: "")
      await rig.ok(
        "exec", "web", "--", "sh", "-c", "(sleep 3; kill -STOP $(pidof qemu-ga)) >/dev/null 2>&1 </dev/null &")
      try await eventually("an event says it", within: 180) {
        await rig.ok("events", "web").contains("agent does not answer")
      }
      let reason = try #require(await rig.explain("web").reasons(in: "agent").first)
      #expect(reason.cause.contains("its port is open, but") && reason.remedy.contains("vmsupervisor console web"))
      #expect(reason.remedy.contains("kill -CONT"), "\(reason)")
      // As the remedy says.
      let terminal = try Terminal(rig, "console", "web")
      try await terminal.sees("procurator-guest: ready")
      terminal.type("\rkill -CONT $(pidof qemu-ga)\r")
      try await eventually("an event says it", within: 180) {
        await rig.ok("events", "web").contains("agent answers again")
      }
      #expect(await rig.explain("web").reasons(in: "agent").isEmpty)
      terminal.type("\u{1d}")
      try await terminal.ends(0)
    }
  }
}
