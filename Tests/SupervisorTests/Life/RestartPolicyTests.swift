import Foundation
import Linux
import Testing

/// Automatic starts, with VMs whose firmware finds nothing to boot.
@Suite(.serialized) struct RestartPolicyTests {
  private func spec(_ rig: Rig, _ name: String, _ restart: String, extra: String = "") -> String {
    rig.bareSpec(name, extra: "restart: {\(restart)}\n\(extra)")
  }

  @Test func whatCrashesAgainAndAgainBacksOffAndGivesUp() async throws {
    try await Rig.run { rig in
      await rig.ok(
        "create", "-f", "-", "--start",
        input: spec(rig, "bare", "policy: onFailure, maxAttempts: 3, backoff: 1, maxBackoff: 2"))
      for attempt in 1...3 {
        let pid = await rig.status("bare").pid
        kill(pid, SIGKILL)
        try await rig.restarted("bare", after: pid)
        let status = await rig.status("bare")
        #expect(status.restarts == attempt && status.attempt == attempt && status.nextRestart == nil)
      }
      try await rig.crash("bare")
      let wait = await rig.cli("wait", "bare", "--state", "running", "--timeout", "60")
      #expect(wait.status == 1 && wait.error.contains("gave up after 3 starts"), "\(wait.error)")
      let status = await rig.status("bare")
      #expect(status.state == "failed" && status.nextRestart == nil && status.desired == "on")
      #expect(status.cause.contains("gave up after 3 starts; the last time") && status.cause.contains("signal 9"))
      #expect(status.remedy.contains("vmsupervisor start"))
      #expect(status.history.filter { $0.hasSuffix("failed → starting: automatic start") }.count == 3)
      #expect(await rig.cli("status", "bare").output.contains("started 3 times by itself"))
      let events = await rig.ok("events", "bare", "--output", "json")
      #expect(events.contains("automatic start in") && events.contains("gave up after 3 starts"))
      // A supervisor that is started again does not try again; its owner does.
      await rig.supervisor.kill9()
      try await rig.startSupervisor()
      #expect(await rig.status("bare").state == "failed")
      await rig.ok("start", "bare")
      #expect(await rig.status("bare").attempt == 0)
    }
  }

  @Test func theOwnersStopEndsTheWait() async throws {
    try await Rig.run { rig in
      for name in ["one", "two", "three"] {
        await rig.ok("create", "-f", "-", "--start", input: spec(rig, name, "policy: always, backoff: 300"))
        try await rig.crash(name)
        let status = await rig.status(name)
        #expect(status.state == "failed" && status.desired == "on" && status.attempt == 1)
        #expect((100...300).contains(status.nextRestart ?? 0))
        #expect(await rig.ok("status").contains("starts again in"))
      }
      await rig.ok("stop", "one")
      let status = await rig.status("one")
      #expect(status.nextRestart == nil && status.desired == "off" && status.state == "failed")
      await rig.ok("delete", "two")
      await rig.ok("start", "three")
      #expect(await rig.status("three").attempt == 0)
      // And what was decided before a crash of ours stays so.
      await rig.supervisor.kill9()
      try await rig.startSupervisor()
      #expect(await rig.status("one").nextRestart == nil)
    }
  }

  @Test func theWaitAndTheAttemptsOutliveTheSupervisor() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: spec(rig, "bare", "policy: onFailure, backoff: 4"))
      let pid = await rig.status("bare").pid
      try await rig.crash("bare")
      await rig.supervisor.kill9()
      try await rig.startSupervisor()
      #expect(await rig.status("bare").attempt == 1)
      try await rig.restarted("bare", after: pid)
      #expect(await rig.status("bare").restarts == 1)
    }
  }

  @Test func whatDiedWhileNobodyLookedComesBack() async throws {
    try await Rig.run { rig in
      for (name, policy) in [("always", "always"), ("failing", "onFailure"), ("never", "never")] {
        await rig.ok("create", "-f", "-", "--start", input: spec(rig, name, "policy: \(policy)"))
      }
      let always = await rig.status("always").pid
      let failing = await rig.status("failing").pid
      let never = await rig.status("never").pid
      await rig.supervisor.kill9()
      for pid in [always, failing, never] { kill(pid, SIGKILL) }
      try await rig.startSupervisor()
      try await rig.restarted("always", after: always)
      try await rig.restarted("failing", after: failing)
      #expect(await rig.status("never").state == "failed")
    }
  }

  @Test func aHostThatWasStartedAnewStartsWhatShouldRun() async throws {
    try await Rig.run { rig in
      let policies = [
        "always": "policy: always", "failing": "policy: onFailure, maxAttempts: 1", "never": "policy: never",
        "off": "policy: always",
      ]
      var pids: [Int32] = []
      for (name, policy) in policies {
        await rig.ok("create", "-f", "-", "--start", input: spec(rig, name, policy))
        if name == "off" { await rig.ok("kill", name) } else { pids.append(await rig.status(name).pid) }
      }
      var ids: [String] = []
      for name in policies.keys { ids.append(await rig.status(name).id) }
      await rig.supervisor.kill9()
      for pid in pids { kill(pid, SIGKILL) }
      for id in ids { try rig.editRecord(id) { $0["boot"] = "4c9fba1e-0000-4000-8000-000000000000" } }
      try Files.removeFolder(rig.folder + "/run/vms")
      try await rig.startSupervisor()
      await rig.ok("wait", "always", "--state", "running", "--timeout", "30")
      await rig.ok("wait", "failing", "--state", "running", "--timeout", "30")
      #expect(await rig.status("failing").attempt == 0, "it was not its fault")
      let never = await rig.status("never")
      #expect(never.state == "failed" && never.cause == "the host was started again")
      #expect(await rig.status("off").state == "stopped")
    }
  }

  @Test func whoIsPoweredOffWithTheHostStartsWithIt() async throws {
    try await Rig.run { rig in
      let policies = ["always": "policy: always", "failing": "policy: onFailure", "never": "policy: never"]
      var ids: [String] = []
      for (name, policy) in policies {
        await rig.ok("create", "-f", "-", "--start", input: spec(rig, name, policy))
        ids.append(await rig.status(name).id)
      }
      await rig.ok("create", "-f", "-", input: spec(rig, "off", "policy: always"))
      #expect(await rig.cli("quiesce", "--timeout", "100000").status == 1)
      // These guests obey nobody.
      let said = await rig.cli("quiesce", "--timeout", "1")
      #expect(said.status == 6, "\(said.error)")
      let lines = said.output.split(separator: "\n")
      #expect(lines.count == 3, "\(said.output)")
      for (line, name) in zip(lines, ["always", "failing", "never"]) {
        #expect(line.hasPrefix("\(name): powered off, but not by itself: the guest did not obey"), "\(line)")
      }
      for name in policies.keys {
        let status = await rig.status(name)
        #expect(status.state == "stopped" && status.cause == "the host goes down", "\(name): \(status)")
        #expect(status.fields["power_cut"] != nil)
        #expect(status.history.contains { $0.contains("the guest did not obey") }, "\(status.history)")
        #expect(await rig.explain(name).reasons.contains { $0.cause.contains("its power was cut") })
        #expect(await rig.ok("events", name).contains("the guest did not obey"))
      }
      // The host is down for longer than an automatic start takes.
      try await Task.sleep(for: .seconds(2))
      #expect(await rig.status("always").state == "stopped")
      await rig.supervisor.stop()
      for id in ids { try rig.editRecord(id) { $0["boot"] = "4c9fba1e-0000-4000-8000-000000000000" } }
      try await rig.startSupervisor()
      for name in ["always", "failing"] { await rig.ok("wait", name, "--state", "running", "--timeout", "30") }
      for name in ["never", "off"] { #expect(await rig.status(name).pid == 0, "\(name)") }
    }
  }

  @Test func whatCannotStartIsToldAndTriedAgain() async throws {
    try await Rig.run { rig in
      await rig.ok(
        "create", "-f", "-",
        input: spec(rig, "late", "policy: onFailure, backoff: 1", extra: "cdroms: [{path: \(rig.image("late.iso"))}]"))
      let refused = await rig.cli("start", "late")
      #expect(refused.status != 0 && refused.error.contains("late.iso"), "\(refused.error)")
      #expect(refused.error.contains("it is tried again until you stop it"), "\(refused.error)")
      try Files.replace(rig.image("late.iso"), with: [UInt8](repeating: 0, count: 1 << 16), mode: 0o644)
      chmod(rig.image("late.iso"), 0o644)
      await rig.ok("wait", "late", "--state", "running", "--timeout", "60")
    }
  }
}
