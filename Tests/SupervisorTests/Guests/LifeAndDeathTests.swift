import Foundation
import Linux
import Testing

extension GuestTests {
  @Test func deathIsKnownWithinMilliseconds() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", input: rig.bareSpec("bare"))
      var times: [Duration] = []
      for _ in 0..<20 {
        await rig.ok("start", "bare")
        let pid = await rig.status("bare").pid
        // The waiting client is connected before the kill, so that its own start does not count.
        async let waited = rig.ok("wait", "bare", "--state", "failed", "--timeout", "10")
        try await Task.sleep(for: .milliseconds(150))
        let clock = ContinuousClock()
        let start = clock.now
        kill(pid, SIGKILL)
        _ = await waited
        times.append(clock.now - start)
        let status = await rig.status("bare")
        #expect(status.state == "failed" && status.cause.contains("signal 9"))
      }
      times.sort()
      print(
        "kill -9 of the hypervisor to `wait --state failed` returning: n=\(times.count) p50=\(times[times.count / 2]) p99=\(times[times.count * 99 / 100]) max=\(times[times.count - 1])"
      )
    }
  }

  @Test func duplicateStartIsRefused() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("bare"))
      let status = await rig.status("bare")
      // A start of what runs changes nothing.
      await rig.ok("start", "bare")
      #expect(await rig.status("bare").incarnation == status.incarnation)

      // A record that lies: the lock in the hypervisor's hand decides.
      await rig.supervisor.stop()
      let record = rig.folder + "/lib/vms/\(status.id)/vm.json"
      let text = try Files.readText(record)
      let lie = text.replacing("\"state\" : \"running\"", with: "\"state\" : \"stopped\"")
      #expect(lie != text)
      try Files.replace(record, with: Array(lie.utf8), mode: 0o666)
      chmod(record, 0o666)
      try await rig.startSupervisor()
      for _ in 0..<3 {
        let refused = await rig.cli("start", "bare")
        #expect(refused.status == 1 && refused.error.contains("still runs"), "\(refused.error)")
        #expect(refused.error.contains(String(rig.folder + "/run/vms/\(status.id)/incarnation.json")))
      }
      #expect(FileManager.default.fileExists(atPath: rig.folder + "/run/vms/\(status.id)/incarnation.json"))
      let audit = await rig.cli("audit")
      #expect(audit.status == 1 && audit.output.contains("does not know of"), "\(audit.output)")
      kill(status.pid, SIGKILL)
      try await eventually("it is gone") { ProcessFacts(pid: status.pid).map { $0.state == "Z" } ?? true }
      await rig.ok("start", "bare")
    }
  }

  @Test func brokenRecordStopsNobodyElse() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("good"))
      await rig.ok("create", "-f", "-", input: rig.bareSpec("bad"))
      let id = await rig.status("bad").id
      await rig.supervisor.stop()
      try Files.replace(rig.folder + "/lib/vms/\(id)/vm.json", with: Array("{ not json".utf8), mode: 0o644)
      chmod(rig.folder + "/lib/vms/\(id)/vm.json", 0o644)
      try await rig.startSupervisor()
      #expect(await rig.status("good").state == "running")
      let table = await rig.cli("status").output
      #expect(table.contains(String(id.prefix(8))), "the broken record is shown: \(table)")
      #expect(FileManager.default.fileExists(atPath: rig.folder + "/lib/broken/\(id)/vm.json"), "and kept")
      try Files.removeFolder(rig.folder + "/lib/broken/\(id)")
      await rig.supervisor.stop()
      try await rig.startSupervisor()
    }
  }

  @Test func disksOutliveALostRecord() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("bare"))
      let id = await rig.status("bare").id
      await rig.ok("kill", "bare")
      await rig.supervisor.stop()
      unlink(rig.folder + "/lib/vms/\(id)/vm.json")
      try await rig.startSupervisor()
      #expect(await rig.cli("status").output.contains(String(id.prefix(8))))
      #expect(FileManager.default.fileExists(atPath: rig.folder + "/lib/broken/\(id)/root.raw"))
      try Files.removeFolder(rig.folder + "/lib/broken/\(id)")
    }
  }

  @Test func aStartThatWasOnlyWrittenDownIsMadeGood() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", input: rig.bareSpec("bare"))
      let record = rig.folder + "/lib/vms/\(await rig.status("bare").id)/vm.json"
      await rig.supervisor.stop()
      let text = try Files.readText(record).replacing("\"state\" : \"pending\"", with: "\"state\" : \"starting\"")
        .replacing("\"desired\" : \"off\"", with: "\"desired\" : \"on\"")
        .replacing("\"generation\" : 0", with: "\"generation\" : 1")
      try Files.replace(record, with: Array(text.utf8), mode: 0o666)
      chmod(record, 0o666)
      try await rig.startSupervisor()
      await rig.ok("wait", "bare", "--state", "running", "--timeout", "20")
    }
  }

  @Test func aNetdThatHangsHoldsUpNobodyElse() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("quiet"))
      kill(rig.netd.pid, SIGSTOP)
      defer { kill(rig.netd.pid, SIGCONT) }
      async let refused = rig.cli("create", "-f", "-", "--start", input: rig.bareSpec("bad", extra: "nics: [{}]"))
      try await eventually("the start waits for netd") { await rig.status("bad").state == "starting" }
      await rig.ok("kill", "quiet")
      let result = await refused
      #expect(result.status == 69 && result.error.contains("does not answer"), "\(result.error)")
    }
  }

  @Test func stoppingHasItsOwnSpeeds() async throws {
    try await Rig.run { rig in
      // Firmware hears no power button, so only the deadline ends it.
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("bare"))
      async let slow = rig.cli("stop", "bare", "--timeout", "100")
      try await eventually("the stop is under way") { await rig.status("bare").fields["request"] as? String == "stop" }
      let stopped = await rig.cli("stop", "bare", "--timeout", "1")
      #expect(stopped.status == 6 && stopped.output.contains("did not obey"), "\(stopped.output)\(stopped.error)")
      #expect(await slow.status == 6)
      #expect(await rig.status("bare").state == "stopped")
      let wait = await rig.cli("wait", "bare", "--state", "running", "--timeout", "60")
      #expect(wait.status == 1 && wait.error.contains("it is stopped"), "\(wait.error)")
      #expect(await rig.cli("delete", "bar").status == 4, "what cannot be taken back wants the whole name")
    }
  }

  @Test func manyAtOnceAndDeathInAnyOrder() async throws {
    try await Rig.run(concurrentStarts: 3) { rig in
      await withTaskGroup { group in
        for number in 0..<6 {
          group.addTask {
            await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("vm\(number)", extra: "nics: [{}]"))
          }
        }
      }
      let addresses = await rig.ok("status").split(separator: "\n").filter { $0.contains("10.100.") }
      #expect(addresses.count == 6)
      await rig.netd.kill9()
      for number in 0..<3 { kill(await rig.status("vm\(number)").pid, SIGKILL) }
      await rig.supervisor.kill9()
      try await rig.startNetd()
      try await rig.startSupervisor()
      for number in 0..<3 { #expect(await rig.status("vm\(number)").state == "failed") }
      for number in 3..<6 { #expect(await rig.status("vm\(number)").state == "running") }
    }
  }
}
