import Testing

extension GuestTests {
  /// What becomes of calls when their supervisor ends.
  @Suite struct EndTests {
    @Test func callsThatHaveBegunAreAnswered() async throws {
      try await Rig.run { rig in
        await rig.boot("web")
        let terminal = try Terminal(rig, "console", "web")
        let call = Task {
          await rig.cli("exec", "web", "--", "sh", "-c", "echo $((6*7))-begun >/dev/ttyS0; sleep 2; echo $((6*7))-done")
        }
        try await terminal.sees("42-begun")
        await rig.supervisor.stop()
        let result = await call.value
        #expect(result.status == 0 && result.output == "42-done\n", "\(result.status) \(result.output) \(result.error)")
        // Nothing waits for those that have no end.
        try await terminal.sees("the supervisor has gone")
        try await rig.startSupervisor()
        try await terminal.sees("the supervisor is back")
        terminal.type("\r~.")
        try await terminal.ends(0)
        await rig.ok("delete", "web", "--force")
      }
    }
  }
}
