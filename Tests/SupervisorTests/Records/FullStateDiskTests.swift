import Foundation
import Linux
import Testing

extension GuestTests {
  /// A state folder whose file system is full.
  @Suite struct FullStateDiskTests {
    /// Runs `body` with the supervisor's state on a small disk of its own.
    private static func run(_ body: (Rig, SmallDisk) async throws -> Void) async throws {
      try await Rig.run { rig in
        await rig.supervisor.stop()
        let disk = try SmallDisk(rig.folder + "/lib", size: "12m", owner: "\(Rig.user):\(Rig.group)")
        defer { disk.unmount() }
        try await rig.startSupervisor()
        try await body(rig, disk)
        disk.empty()
        #expect(try Files.names(in: disk.path + "/vms").isEmpty)
        #expect(try Files.names(in: disk.path + "/broken").isEmpty)
        await rig.supervisor.stop()
        disk.unmount()
        try await rig.startSupervisor()
      }
    }

    @Test func thatItIsFullIsAnEventWhileItIs() async throws {
      try await Self.run { rig, disk in
        await rig.ok("create", "-f", "-", input: rig.bareSpec("web"))
        let words = "the file system of the supervisor's state is full"
        func count(_ words: String) async -> Int {
          await rig.ok("events").components(separatedBy: words).count - 1
        }
        #expect(await count(words) == 0)
        // An event has room yet.
        try disk.fill(but: 128 << 10)
        try await eventually("an event says it") { await count(words) == 1 }
        #expect(await rig.ok("status").contains("This host: cannot write \(disk.path)"))
        #expect(await rig.explain("web").reasons(in: "space").first?.remedy.contains("free space") == true)
        #expect(await rig.doctor()["space.state"]?.level == "fail")
        disk.empty()
        try await eventually("that it is over too") { await count("there is room again") == 1 }
        #expect(await count(words) == 1)
        #expect(await !rig.ok("status").contains("This host"))
        await rig.ok("delete", "web")
      }
    }

    @Test func everythingCanBeEndedAndRemoved() async throws {
      try await Self.run { rig, disk in
        for name in ["a", "b", "c"] { await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec(name)) }
        await rig.boot("web")
        await rig.ok("create", "-f", "-", input: rig.bareSpec("idle"))
        let before = try Files.names(in: disk.path + "/vms").sorted()
        try disk.fill()

        for _ in 0..<2 {
          await rig.ok("pause", "web")
          #expect(await rig.status("web").state == "paused")
          await rig.ok("resume", "web")
          #expect(await rig.status("web").state == "running")
        }
        let refused = await rig.cli("create", "-f", "-", "--start", input: rig.bareSpec("new"))
        #expect(refused.status != 0)
        #expect(refused.error.contains("the file system \(disk.path) is full"), "\(refused.error)")
        #expect(refused.error.contains("free space on \(disk.path)"), "\(refused.error)")
        #expect(try Files.names(in: disk.path + "/vms").sorted() == before, "what is refused leaves nothing")
        #expect(await rig.cli("status", "new").status == 4)

        await rig.ok("stop", "web")
        #expect(await rig.status("web").state == "stopped")
        await rig.ok("kill", "a")
        #expect(await rig.status("a").state == "stopped")
        // One that starts on a full disk takes back what runs, and serves.
        let pid = await rig.status("b").pid
        await rig.supervisor.kill9()
        try disk.fill()
        try await rig.startSupervisor()
        #expect(await rig.status("b").pid == pid)
        #expect(await rig.status("web").state == "stopped", "what was written is read")
        let check = try #require(await rig.doctor()["events"])
        #expect(check.level == "warn" && check.found.contains("is full"), "\(check)")

        try disk.fill()
        await rig.ok("delete", "b", "--force")
        try disk.fill()
        for name in ["web", "a", "idle"] { await rig.ok("delete", name) }
        disk.empty()
        try await eventually("what could not be written is said") {
          let events = await rig.ok("events")
          return events.contains("events could not be written") && events.contains("deleted")
        }
        try await eventually("all is as before") { await rig.doctor()["events"]?.level == "ok" }
        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("new"))
        for name in ["c", "new"] { await rig.ok("delete", name, "--force") }
      }
    }
  }
}
