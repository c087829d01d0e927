import Foundation
import GRPCCore
import Linux
import NodeAPI
import Testing

@testable import NodeClient

extension GuestTests {
  /// Programs in a real guest: their bytes, their ends, and what hinders the agent.
  @Suite struct ExecTests {
    @Test func bytesStayBytes() async throws {
      try await Rig.run { rig in
        await rig.boot("w")
        let print = ["sh", "-c", #"printf "a\377\376\000b""#]
        let odd: [UInt8] = [0x61, 0xff, 0xfe, 0x00, 0x62]
        #expect(await rig.exec("w", print).bytes == odd)

        // In JSON it says how it was made text.
        let json = await rig.cli(
          "exec", "-o", "json", "w", "--", "sh", "-c", #"printf "a\377\376\000b"; echo plain >&2; exit 3"#)
        let view = try #require(try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String: Any])
        #expect(
          view["stdout"] as? String == Data(odd).base64EncodedString() && view["stdout_encoding"] as? String == "base64"
        )
        #expect(view["stderr"] as? String == "plain\n" && view["stderr_encoding"] as? String == "utf-8")
        #expect(view["exit_code"] as? Int == 3 && json.status == 3)

        // The published call has both, and says which is true.
        try await NodeConnection.with(socket: rig.folder + "/run/vmsupervisor.sock") { node in
          let reply = try await node.daemon.executeInGuest(
            .with {
              $0.vmID = "w"
              $0.command = "sh"
              $0.args = ["-c", #"printf "a\377\376\000b"; cat >&2"#]
              $0.waitForExit = true
              $0.stdinBytes = Data([0xff, 0x0a])
            })
          #expect(Array(reply.stdoutBytes) == odd && reply.isRepaired && reply.stdout == "a\u{fffd}\u{fffd}\0b")
          #expect(Array(reply.stderrBytes) == [0xff, 0x0a] && reply.success && reply.exitCode == 0)
        }

        // Input, of any bytes; what was not passed on is said.
        let input = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(await rig.exec("w", ["cat"], options: ["--stdin"], input: input).bytes == input)
        #expect(await rig.exec("w", ["sh"], options: ["-i"], input: Array("echo hi".utf8)).output == "hi\n")
        let unread = await rig.exec("w", ["sh"], input: Array("echo hi".utf8))
        #expect(unread.bytes.isEmpty && unread.status == 0 && unread.error.contains("standard input was not passed"))
        let tooMuch = await rig.exec("w", ["cat"], options: ["-i"], input: [UInt8](repeating: 0, count: (4 << 20) + 1))
        #expect(tooMuch.status == 1 && tooMuch.error.contains("more than 4 MiB"), "\(tooMuch.error)")

        // Arguments are text: what is not is refused instead of repaired.
        let argument = await Command.run(
          "/bin/sh", ["-c", #"exec "$0" exec w -- printf "$(printf 'x\377')""#, rig.bin + "/vmsupervisor"],
          environment: ["PROCURATOR_SOCKET": rig.folder + "/run/vmsupervisor.sock"])
        #expect(argument.status == 64 && argument.error.contains("not UTF-8"), "\(argument.error)")

        // Files, and logs as they are.
        await rig.ok("exec", "w", "--", "sh", "-c", #"printf 'log:\377\n' > /dev/ttyS0"#)
        try await eventually("the log has it") {
          let log = await rig.cli("logs", "w", "-n", "20").bytes
          return log.indices.contains { log[$0...].starts(with: [0x6c, 0x6f, 0x67, 0x3a, 0xff]) }
        }
        #expect(await rig.cli("logs", "w", "-n", "0").bytes.isEmpty)
        #expect(await rig.cli("logs", "w").bytes.count > 0)
        try await NodeConnection.with(socket: rig.folder + "/run/vmsupervisor.sock") { node in
          _ = try await node.daemon.writeGuestFile(
            .with {
              $0.vmID = "w"
              $0.path = "/tmp/odd"
              $0.data = Data(odd)
            })
          let read = try await node.daemon.readGuestFile(
            .with {
              $0.vmID = "w"
              $0.path = "/tmp/odd"
            })
          #expect(Array(read.data) == odd && read.eof)
        }
      }
    }

    @Test func outputComesWholeOrWithWords() async throws {
      try await Rig.run { rig in
        // The agent keeps what it has collected several times over.
        let spec = rig.guestSpec("w").replacingOccurrences(of: "memory: 128MiB", with: "memory: 512MiB")
        await rig.ok("create", "-f", "-", "--start", input: spec)
        await rig.ok("wait", "w", "--state", "agent", "--timeout", "90")
        let five = await rig.exec(
          "w", ["sh", "-c", "head -c 5000000 /dev/zero; exit 7"], options: ["--timeout", "120"])
        #expect(five.bytes.count == 5_000_000 && five.status == 7, "\(five.bytes.count) \(five.error)")
        #expect(five.bytes.allSatisfy { $0 == 0 })

        let more = await rig.exec(
          "w", ["sh", "-c", "head -c 17000000 /dev/zero; exit 9"], options: ["--timeout", "200"])
        #expect(more.bytes.count == 16 << 20 && more.status == 9, "\(more.bytes.count) \(more.status)")
        #expect(
          more.error.contains("standard output is not complete") && more.error.contains("16 MiB"), "\(more.error)")

        // One message cannot hold it; the beginning comes, with our words.
        try await NodeConnection.with(socket: rig.folder + "/run/vmsupervisor.sock") { node in
          let reply = try await node.daemon.executeInGuest(
            .with {
              $0.vmID = "w"
              $0.command = "sh"
              $0.args = ["-c", "head -c 5000000 /dev/zero; exit 7"]
              $0.waitForExit = true
            })
          #expect(reply.stdout.utf8.count == 4_000_000 && reply.truncated && reply.exitCode == 7)
          #expect(reply.error.contains("5000000 bytes") && reply.error.contains("4000000"), "\(reply.error)")
        }
      }
    }

    @Test func everyEndHasItsStatus() async throws {
      try await Rig.run { rig in
        await rig.boot("w")
        let missing = await rig.exec("w", ["/no/such"])
        #expect(missing.status == 127 && missing.error.contains("/no/such") && missing.error.contains("No such file"))
        let closed = await rig.exec("w", ["/etc"])
        #expect(closed.status == 126, "\(closed.error)")
        #expect(await rig.exec("w", ["sh", "-c", "kill -9 $$"]).status == 137)

        // A child that keeps the output: the program has ended, and that is said, at once and at the end.
        let held = await rig.exec("w", ["sh", "-c", "sleep 30 & echo started"], options: ["--timeout", "4"])
        #expect(held.status == 124 && held.error.contains("it has ended"), "\(held.error)")
        #expect(held.error.contains("holds its output") && held.error.contains(">/dev/null 2>&1"), "\(held.error)")
        let waits = await rig.exec("w", ["sh", "-c", "sleep 4 & echo started; exit 5"], options: ["--timeout", "60"])
        #expect(waits.output == "started\n" && waits.status == 5, "\(waits.error)")
        #expect(waits.error.contains("has ended, but a program that it started"), "\(waits.error)")
        #expect(await rig.exec("w", ["sh", "-c", "sleep 30 >/dev/null 2>&1 & echo off"]).output == "off\n")
        let slow = await rig.exec("w", ["sleep", "30"], options: ["--timeout", "2"])
        #expect(slow.status == 124 && slow.error.contains("was ended with what it had started"), "\(slow.error)")

        // Who goes away is not waited for: the agent is free at once, whatever the program does.
        let gone = await Command.run(
          "/usr/bin/timeout", ["2", rig.bin + "/vmsupervisor", "exec", "w", "--", "sleep", "1000"],
          environment: ["PROCURATOR_SOCKET": rig.folder + "/run/vmsupervisor.sock"])
        #expect(gone.status == 124)
        #expect(await rig.exec("w", ["true"]).status == 0)

        // A frozen agent takes no more than the time given.
        _ = await rig.exec("w", ["sh", "-c", "(sleep 1; killall -STOP qemu-ga) >/dev/null 2>&1 &"])
        try await eventually("the agent is frozen") {
          await rig.exec("w", ["true"], options: ["--timeout", "3"]).status == 124
        }
        let begin = ContinuousClock.now
        let frozen = await rig.exec("w", ["true"], options: ["--timeout", "3"])
        let taken = ContinuousClock.now - begin
        // The time given is the promise; the agent's own timeout would be ten seconds.
        #expect(taken >= .seconds(3) && taken < .seconds(8), "\(taken)")
        #expect(frozen.status == 124 && frozen.error.contains("has not answered within 3s"), "\(frozen.error)")
      }
    }

    /// Root in a guest has its agent's port for itself.
    @Test func aGuestThatFloodsItsAgentsPortIsSaidAndHeldUp() async throws {
      try await Rig.run { rig in
        await rig.boot("w", extra: "health: {check: agent, interval: 1, timeout: 2, threshold: 100, grace: 1}")
        let before = try #require(ProcessFacts(pid: rig.supervisor.pid))
        await rig.floodAgentPort("w")
        try await eventually("it is said", within: 60) {
          await rig.cli("status", "w").output.contains("sends without end on its agent's port")
        }
        #expect(await rig.ok("events", "w").contains("sends without end on its agent's port"))
        let start = try #require(ProcessFacts(pid: rig.supervisor.pid))
        let begin = ContinuousClock.now
        var times: [Duration] = []
        for _ in 0..<20 {
          let one = ContinuousClock.now
          _ = await rig.ok("status")
          times.append(ContinuousClock.now - one)
        }
        let after = try #require(ProcessFacts(pid: rig.supervisor.pid))
        print(
          "flood: \(after.cpuSeconds - start.cpuSeconds) s of processor in \(ContinuousClock.now - begin), memory "
            + "\(before.residentBytes >> 20) -> \(after.residentBytes >> 20) MiB, slowest status \(times.max() ?? .zero)"
        )
        #expect(after.residentBytes < before.residentBytes + (200 << 20))
        let refused = await rig.exec("w", ["true"], options: ["--timeout", "5"])
        #expect(refused.status != 0 && !refused.error.isEmpty)
        await rig.ok("kill", "w")
      }
    }

    /// What a check's program says is the guest's, and not for those who may only look.
    @Test func readersDoNotSeeWhatACheckSays() async throws {
      try await Rig.run { rig in
        try await rig.openReading()
        await rig.boot(
          "h1",
          extra:
            "health: {check: exec, command: [sh, -c, 'printf sword%s fish; exit 1'], interval: 1, timeout: 5, threshold: 1, grace: 1}"
        )
        try await eventually("it is unhealthy", within: 90) { await rig.status("h1").health == "unhealthy" }
        // Before that it may have been so because no agent was there yet.
        try await eventually("the check itself is what failed") {
          await rig.ok("status", "h1").contains("sh ended with status 1: swordfish")
        }
        for words in [["status"], ["status", "h1"], ["status", "h1", "-o", "json"], ["explain", "h1"], ["events"]] {
          let seen = await rig.reader(words)
          #expect(seen.output.contains("h1"), "\(words): \(seen.error)")
          #expect(!seen.output.contains("swordfish"), "\(words): \(seen.output)")
        }
        #expect(await rig.reader(["status", "h1"]).output.contains("sh ended with status 1"))
        #expect(try !Files.readText(rig.folder + "/lib/vms/\(await rig.status("h1").id)/vm.json").contains("swordfish"))
      }
    }
  }
}

extension Rig {
  /// Has something that writes for ever take the place of a guest's agent.
  func floodAgentPort(_ vm: String) async {
    let port = "/dev/virtio-ports/org.qemu.guest_agent.0"
    let script = """
      (trap '' TERM HUP; echo 1 > /tmp/flood; killall qemu-ga; \
      while [ -e /tmp/flood ]; do yes '{"return": {}}' | head -c 50000000 > \(port); done) >/dev/null 2>&1 &
      """
    _ = await exec(vm, ["sh", "-c", script], options: ["--timeout", "10"])
  }

  /// Runs a program in a guest.
  func exec(_ vm: String, _ program: [String], options: [String] = [], input: [UInt8]? = nil) async -> Command.Result {
    await Command.run(
      bin + "/vmsupervisor", ["exec"] + options + [vm, "--"] + program,
      environment: ["PROCURATOR_SOCKET": folder + "/run/vmsupervisor.sock"], bytes: input)
  }
}
