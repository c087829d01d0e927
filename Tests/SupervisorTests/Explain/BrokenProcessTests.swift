import Foundation
import Glibc
import Linux
import Testing

/// Programs and their configuration that are broken: cause and remedy are said, the remedy is carried out, and it works.
@Suite(.serialized) struct BrokenProcessTests {
  @Test func hypervisorKilled() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web"))
      kill(await rig.status("web").pid, SIGKILL)
      await rig.ok("wait", "web", "--state", "failed")
      let explained = await rig.explain("web")
      #expect(explained.verdict == "blocked")
      let reason = try #require(explained.reasons.first)
      #expect(reason.part == "process" && reason.cause.contains("ended by signal 9"), "\(reason)")
      // Nobody is sent to where he is.
      #expect(!reason.remedy.contains("vmsupervisor explain") && !reason.remedy.isEmpty, "\(reason)")
      let log = rig.folder + "/lib/vms/\(await rig.status("web").id)/hypervisor.log"
      let isEmpty = try Files.readText(log).isEmpty
      #expect(reason.remedy.contains(isEmpty ? "journalctl -k" : log), "\(reason)")
      for text in explained.reasons.flatMap({ [$0.cause, $0.remedy] }) + [await rig.cli("status", "web").output] {
        #expect(!text.contains("signalled("), "\(text)")
      }
      #expect(await rig.ok("events", "web").contains("ended by signal 9"))
      // Whoever copies a remedy from wherever it stands has a command.
      let record = rig.folder + "/lib/vms/\(await rig.status("web").id)/vm.json"
      let named = [
        await rig.ok("events", "web", "--output", "json"), await rig.cli("status", "web", "--output", "json").output,
        try Files.readText(record).replacing("\\/", with: "/"),
      ]
      for text in named { #expect(text.contains("vmsupervisor explain web"), "\(text)") }
      let said = try Files.readText(rig.supervisor.log)
      for text in named + [await rig.cli("status", "web").output, said] {
        #expect(!text.contains("explain VM") && !text.contains("status VM"), "\(text)")
      }
      let remedy = try #require(explained.reasons.last?.remedy)
      #expect(remedy == "start it: vmsupervisor start web")
      await rig.ok("start", "web")
      #expect(await rig.status("web").state == "running")
    }
  }

  @Test func supervisorsConfigurationWrong() async throws {
    try await Rig.run { rig in
      await rig.supervisor.stop()
      let path = rig.folder + "/supervisor.conf"
      let whole = try Files.readText(path)
      try rig.write("supervisor.conf", whole + "ConcurentStarts=3\n")
      try rig.executeSupervisor()
      try await eventually("it has ended") { !rig.supervisor.isAlive }
      let line = whole.split(separator: "\n", omittingEmptySubsequences: false).count
      // Where it is, which rule it breaks, and what was meant: in its log, and for whoever asks.
      let words = ["\(path):\(line): ConcurentStarts=", "ConcurrentStarts="]
      let log = try Files.readText(rig.supervisor.log)
      let doctor = await rig.cli("doctor", "--config", path, "--output", "json")
      let explained = await rig.cli("explain", "web", "--config", path)
      for word in words {
        #expect(log.contains(word), "\(log)")
        #expect(doctor.output.replacing("\\/", with: "/").contains(word), "\(doctor.output)")
        #expect(explained.output.contains(word), "\(explained.output)")
      }
      #expect(doctor.status == 1 && explained.status == 69)
      try rig.write("supervisor.conf", whole + "ConcurrentStarts=3\n")
      try await rig.startSupervisor()
      #expect(await rig.cli("doctor").output.contains("supervisor: answers"))
    }
  }

  @Test func netdsConfigurationWrong() async throws {
    try await Rig.run { rig in
      await rig.netd.stop()
      let path = rig.folder + "/netd.conf"
      let whole = try Files.readText(path)
      try rig.write("netd.conf", whole.replacing("Subnet=10.100.0.0/16", with: "Subnet=10.100.0.0/99"))
      let check = await Command.run(rig.bin + "/netd", ["--check", "--config", path])
      #expect(check.status != 0)
      #expect(check.error.contains("\(path):") && check.error.contains("Subnet="), "\(check.error)")
      // A VM that runs goes on; one that is to start is told what is missing.
      await rig.ok("create", "-f", "-", input: rig.bareSpec("web", extra: "nics: [{}]"))
      let refused = await rig.cli("start", "web")
      #expect(refused.status == 69 && refused.error.contains("netd"), "\(refused.error)")
      #expect(await rig.doctor()["netd"]?.level == "fail")
      try await eventually("an event says it") { await rig.ok("events").contains("netd does not answer") }
      try rig.write("netd.conf", whole)
      #expect(await Command.run(rig.bin + "/netd", ["--check", "--config", path]).status == 0)
      try await rig.startNetd()
      await rig.ok("start", "web")
      try await eventually("netd is well") { await rig.doctor()["netd"]?.level == "ok" }
      try await eventually("that is an event") { await rig.ok("events").contains("netd answers again") }
    }
  }
}
