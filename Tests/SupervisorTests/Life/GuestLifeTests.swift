import Foundation
import Linux
import Testing

extension GuestTests {
  @Test func pauseResumeAndReboot() async throws {
    try await Rig.run { rig in
      await rig.boot("life")
      let first = await bootID(rig)
      let process = await rig.status("life")

      await rig.ok("pause", "life")
      #expect(await rig.status("life").state == "paused")
      await rig.ok("pause", "life")
      let deaf = await rig.cli("reboot", "life")
      #expect(deaf.status == 1 && deaf.error.contains("resume it first"), "\(deaf.error)")
      // Long enough for a clock that stood still to be wrong.
      try await Task.sleep(for: .seconds(4))
      await rig.ok("resume", "life")
      #expect(await rig.status("life").state == "running")
      #expect(await bootID(rig) == first, "the same guest goes on")
      try await eventually("the guest knows the time") {
        let clock = await rig.ok("exec", "life", "--", "date", "+%s").trimmingCharacters(in: .whitespacesAndNewlines)
        return abs((Double(clock) ?? 0) - Date().timeIntervalSince1970) < 3
      }

      await rig.ok("reboot", "life", "--timeout", "60")
      let second = try await bootID(rig, not: [first])
      await rig.ok("reboot", "life", "--hard")
      let third = try await bootID(rig, not: [first, second])
      await rig.ok("pause", "life")
      await rig.ok("reboot", "life", "--hard")
      _ = try await bootID(rig, not: [first, second, third])
      let status = await rig.status("life")
      #expect(status.state == "running" && status.pid == process.pid && status.restarts == 0)
      await rig.ok("resume", "life")
    }
  }

  @Test func aGuestThatPowersOffToRebootIsSwitchedOnAgain() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.guestSpec("deaf", extra: "agent: false"))
      try await eventually("it is up", within: 90) { await self.boots(rig, "deaf") == 1 }
      let pid = await rig.status("deaf").pid
      // It hears the power button only.
      await rig.ok("reboot", "deaf", "--timeout", "60")
      try await eventually("it is up again", within: 90) { await self.boots(rig, "deaf") == 2 }
      let status = await rig.status("deaf")
      #expect(status.state == "running" && status.pid == pid && status.desired == "on" && status.request.isEmpty)
    }
  }

  private func boots(_ rig: Rig, _ name: String) async -> Int {
    await rig.ok("logs", name, "-n", "1000").components(separatedBy: "procurator-guest: ready").count - 1
  }

  @Test func supervisorKilledInTheMiddleOfAReboot() async throws {
    try await Rig.run { rig in
      await rig.boot("life")
      let first = await bootID(rig)
      // Nobody listens to the request, so it takes until its deadline.
      _ = await rig.cli("exec", "life", "--", "sh", "-c", "killall -STOP qemu-ga")
      async let call = rig.cli("reboot", "life", "--timeout", "5")
      try await eventually("it is taken") { await rig.status("life").request == "reboot" }
      await rig.supervisor.kill9()
      _ = await call
      try await rig.startSupervisor()
      try await eventually("it is done", within: 60) { await rig.status("life").request.isEmpty }
      _ = try await bootID(rig, not: [first])
    }
  }

  @Test func aGuestThatPanicsAtOnceIsGivenUp() async throws {
    try await Rig.run { rig in
      await rig.ok(
        "create", "-f", "-",
        input: rig.guestSpec(
          "loop", cmdline: "quiet procurator.do=panic",
          extra: "restart: {policy: onFailure, maxAttempts: 2, backoff: 1}"))
      _ = await rig.cli("start", "loop")
      try await eventually("it gives up", within: 120) { await rig.status("loop").cause.contains("gave up") }
      let status = await rig.status("loop")
      #expect(status.state == "failed" && status.restarts == 2)
      #expect(status.cause.contains("gave up after 2 starts") && status.cause.contains("panicked"), "\(status.cause)")
      #expect(status.remedy.contains("logs"))
    }
  }

  @Test func alwaysMeansAlsoAfterAPowerOff() async throws {
    try await Rig.run { rig in
      await rig.boot("life", extra: "restart: {policy: always, backoff: 1}")
      let first = await rig.status("life")
      _ = await rig.cli("exec", "life", "--", "poweroff")
      try await rig.restarted("life", after: first.pid)
      #expect(await rig.status("life").desired == "on")
      await rig.ok("wait", "life", "--state", "agent", "--timeout", "90")
      await rig.ok("stop", "life")
      let status = await rig.status("life")
      #expect(status.state == "stopped" && status.nextRestart == nil && status.restarts == 1)
    }
  }

  @Test func aGuestWhoseAgentFallsSilentIsRestarted() async throws {
    try await Rig.run { rig in
      await rig.boot(
        "life",
        extra: """
          health: {check: agent, interval: 1, timeout: 3, threshold: 2, grace: 60}
          restart: {policy: onFailure, backoff: 1}
          """)
      try await eventually("it is healthy") { await rig.status("life").health == "healthy" }
      let first = await rig.status("life")
      _ = await rig.cli("exec", "life", "--", "sh", "-c", "killall -STOP qemu-ga")
      try await rig.restarted("life", after: first.pid, within: 90)
      try await eventually("it is healthy again", within: 90) { await rig.status("life").health == "healthy" }
      #expect(await rig.status("life").history.contains { $0.contains("guest unhealthy") })
    }
  }

  @Test func checksByExecAndHTTP() async throws {
    try await Rig.run { rig in
      let often = "interval: 1, timeout: 5, threshold: 2, grace: 90"
      await rig.boot(
        "life",
        extra: "health: {check: exec, command: [test, -e, /tmp/well], \(often)}\nnics: [{network: default}]")
      try await eventually("it is asked") { await rig.status("life").health == "starting" }
      try await eventually("the agent runs it") {
        await rig.status("life").healthCause.contains("test ended with status 1")
      }
      await rig.ok("exec", "life", "--", "touch", "/tmp/well")
      try await eventually("it is healthy") { await rig.status("life").health == "healthy" }
      await rig.ok("exec", "life", "--", "rm", "/tmp/well")
      try await eventually("it is not") { await rig.status("life").health == "unhealthy" }
      await rig.ok("kill", "life")

      await rig.boot(
        "page", extra: "health: {check: http, port: 8080, path: /well, \(often)}\nnics: [{network: default}]")
      let serve = """
        (while true; do printf 'HTTP/1.0 %s\\r\\n\\r\\n' "$(cat /tmp/answer)" | nc -l -p 8080; done) >/dev/null 2>&1 &
        """
      await rig.ok("exec", "page", "--", "sh", "-c", "echo '204 fine' > /tmp/answer; " + serve)
      try await eventually("it is healthy", within: 60) { await rig.status("page").health == "healthy" }
      await rig.ok("exec", "page", "--", "sh", "-c", "echo '503 busy' > /tmp/answer")
      try await eventually("it is not", within: 60) { await rig.status("page").health == "unhealthy" }
      // Between two answers nobody listens, and the last check may have been then.
      try await eventually("its status is named") { await rig.status("page").healthCause.contains("503") }
    }
  }

  private func bootID(_ rig: Rig) async -> String {
    await rig.ok("exec", "life", "--", "cat", "/proc/sys/kernel/random/boot_id")
  }

  /// The boot id once it is another one.
  private func bootID(_ rig: Rig, not earlier: [String]) async throws -> String {
    var found = ""
    try await eventually("the guest has started again", within: 90) {
      let result = await rig.cli("exec", "life", "--", "cat", "/proc/sys/kernel/random/boot_id")
      found = result.output
      return result.status == 0 && !found.isEmpty && !earlier.contains(found)
    }
    return found
  }
}
