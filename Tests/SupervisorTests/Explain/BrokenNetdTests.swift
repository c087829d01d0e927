import Foundation
import Glibc
import Testing

@testable import Text

/// What somebody does to netd, and to what it guards while it can or cannot see it.
@Suite(.serialized) struct BrokenNetdTests {
  @Test func aBridgeThatIsRemovedComesBackWithAnEvent() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web", extra: "nics: [{}]"))
      try Command.must("/usr/sbin/ip", "-n", rig.namespace, "link", "del", "br-procurator")
      try await eventually("an event tells of it") {
        await rig.ok("events").contains("br-procurator: it was gone; netd has put it right")
      }
      try await eventually("explain is content") { await rig.explain("web").reasons(in: "network").isEmpty }
      let check = await rig.doctor()["nftables"]
      #expect(check?.level == "ok" && check?.found.contains("has put something right") == true)
      #expect(await rig.cli("audit").status == 0)
    }
  }

  @Test func rulesFlushedWhileNetdIsAway() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web", extra: "nics: [{}]"))
      await rig.netd.kill9()
      let flushed = await rig.inNetwork("/usr/sbin/nft", "flush", "table", "bridge", "procurator")
      #expect(flushed.status == 0, "\(flushed.error)")
      // Nobody can know that they are gone; that nobody would is said.
      let words = "nobody notices when the rules that guard them are changed"
      let doctor = await rig.doctor()
      #expect(doctor["netd"]?.level == "fail" && doctor["netd"]?.found.contains(words) == true)
      #expect(doctor["nftables"] == nil, "what nobody has compared is not well")
      let reason = try #require(await rig.explain("web").reasons(in: "netd").first)
      #expect(reason.cause.contains(words) && reason.remedy == ServiceRemedy(.netd).start, "\(reason)")
      // As the remedy says.
      try await rig.startNetd()
      try await eventually("an event tells of it") {
        await rig.ok("events").contains("nftables: all of netd's rules are loaded again: bridge procurator")
      }
      #expect(await rig.doctor()["nftables"]?.level == "ok")
      #expect(await rig.explain("web").reasons(in: "netd").isEmpty)
    }
  }

  @Test func aFrozenNetdIsSaidAndGoesOn() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web", extra: "nics: [{}]"))
      kill(rig.netd.pid, SIGSTOP)
      defer { kill(rig.netd.pid, SIGCONT) }
      try await eventually("an event says it") { await rig.ok("events").contains("netd does not answer") }
      let check = try #require(await rig.doctor()["netd"])
      #expect(check.level == "fail" && check.found.contains("it does not answer within"), "\(check)")
      #expect(check.fix.contains("kill -CONT $(pidof netd)"), "\(check)")
      let reason = try #require(await rig.explain("web").reasons(in: "netd").first)
      #expect(reason.cause.contains("it does not answer within"), "\(reason)")
      #expect(reason.remedy.contains("kill -CONT $(pidof netd)"), "\(reason)")
      // As the remedy says.
      kill(rig.netd.pid, SIGCONT)
      try await eventually("that is an event") { await rig.ok("events").contains("netd answers again") }
      #expect(await rig.doctor()["netd"]?.level == "ok")
      #expect(await rig.explain("web").reasons(in: "netd").isEmpty)
    }
  }
}
