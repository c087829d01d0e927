import Foundation
import Linux
import Testing

/// The supervisor is killed while something is under way.
@Suite(.serialized) struct InterruptedRequestTests {
  /// A request that the hypervisor cannot obey yet, because it is stopped, and the supervisor killed over it.
  private func interrupt(_ rig: Rig, _ words: String...) async throws {
    let pid = await rig.status("bare").pid
    kill(pid, SIGSTOP)
    defer { kill(pid, SIGCONT) }
    async let call = Command.run(
      rig.bin + "/vmsupervisor", words, environment: ["PROCURATOR_SOCKET": rig.folder + "/run/vmsupervisor.sock"])
    try await eventually("the request is taken") { await !rig.status("bare").request.isEmpty }
    await rig.supervisor.kill9()
    #expect(await call.status != 0)
  }

  @Test func pauseResumeAndReset() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("bare"))
      let pid = await rig.status("bare").pid
      for (request, state) in [(["pause"], "paused"), (["resume"], "running"), (["reboot", "--hard"], "running")] {
        if request.count == 1 {
          try await interrupt(rig, request[0], "bare")
        } else {
          try await interrupt(rig, request[0], request[1], "bare")
        }
        try await rig.startSupervisor()
        try await eventually("\(request) is done") {
          let status = await rig.status("bare")
          return status.state == state && status.request.isEmpty && status.pid == pid
        }
      }
      #expect(await rig.status("bare").history.contains { $0.contains("pause requested") })
    }
  }

  @Test func stopAndItsDeadline() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("bare"))
      // Firmware hears no power button, so only the deadline ends it.
      try await interrupt(rig, "stop", "bare", "--timeout", "6")
      try await rig.startSupervisor()
      let left = ContinuousClock.now + .seconds(20)
      await rig.ok("wait", "bare", "--state", "stopped", "--timeout", "25")
      #expect(ContinuousClock.now < left, "the deadline was six seconds from the command, not thirty from the crash")
      #expect(await rig.status("bare").desired == "off")
    }
  }

  @Test func killIsNeverForgotten() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("bare", extra: "restart: {policy: always}"))
      async let call = rig.cli("kill", "bare")
      await rig.supervisor.kill9()
      _ = await call
      try await rig.startSupervisor()
      let status = await rig.status("bare")
      if status.desired == "off" {
        await rig.ok("wait", "bare", "--state", "stopped", "--timeout", "20")
      } else {
        #expect(status.state == "running", "the request had not been heard")
      }
    }
  }
}
