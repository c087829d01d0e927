import Foundation
import Linux
import Testing

/// Real guests, real TAPs, real daemons.
@Suite struct GuestTests {
  @Test func bootPingExecPowerOff() async throws {
    try await Rig.run { rig in
      await rig.boot("one")
      let status = await rig.status("one")
      #expect(status.state == "running")
      #expect(status.address.hasPrefix("10.100.0."))

      let ping = await rig.inNetwork("ping", "-n", "-c", "2", "-i", "0.3", "-W", "2", status.address)
      #expect(ping.status == 0, "\(ping.output)")

      #expect(await rig.ok("exec", "one", "--", "uname", "-n") == "one\n")
      let failing = await rig.cli("exec", "one", "--", "sh", "-c", "echo out; echo err >&2; exit 7")
      #expect(failing.status == 7 && failing.output == "out\n" && failing.error == "err\n")
      let missing = await rig.cli("exec", "one", "--", "no-such-program")
      #expect(missing.status == 127 && missing.error.contains("no-such-program"))
      let addresses = await rig.ok("exec", "one", "--", "ip", "-o", "-4", "addr", "show", "eth0")
      #expect(addresses.contains(status.address))

      try checkConfinement(of: status.pid, rig)

      // From inside: nobody asked us for it.
      _ = await rig.cli("exec", "one", "--", "poweroff")
      await rig.ok("wait", "one", "--state", "stopped", "--timeout", "20")
      let after = await rig.status("one")
      #expect(after.state == "stopped" && after.cause.contains("switched itself off"))
      #expect(await rig.cli("exec", "one", "--", "true").status == 3)

      // The same address after the next start, and the graceful stop.
      await rig.ok("start", "one")
      await rig.ok("wait", "one", "--state", "agent", "--timeout", "90")
      #expect(await rig.status("one").address == status.address)
      await rig.ok("stop", "one", "--timeout", "30")
      #expect(await rig.status("one").state == "stopped")
    }
  }

  /// The VM's process has its own user, no capability, and no descriptor that the plan does not name.
  private func checkConfinement(of pid: Int32, _ rig: Rig) throws {
    let status = try Files.readText("/proc/\(pid)/status")
    func line(_ key: String) -> [Substring] {
      status.split(separator: "\n").first { $0.hasPrefix(key + ":") }?.split(whereSeparator: \.isWhitespace).dropFirst()
        .map { $0 } ?? []
    }
    #expect(Set(line("Uid")) == ["65534"])
    #expect(line("CapEff") == ["0000000000000000"] && line("CapPrm") == ["0000000000000000"])
    #expect(line("NoNewPrivs") == ["1"])
    #expect(line("Seccomp") == ["2"])
    for number in try Files.names(in: "/proc/\(pid)/fd") {
      let target = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\(number)")
      let known =
        target.hasPrefix("socket:") || target.hasPrefix("anon_inode:") || target == "/dev/null"
        || target == "/dev/net/tun"
        || target.hasPrefix(rig.folder + "/")
      #expect(known, "descriptor \(number) is \(target)")
    }
    #expect(getpgid(pid) == pid, "a session of its own")
  }

  @Test func panicIsFailedWithReason() async throws {
    try await Rig.run { rig in
      await rig.boot("two")
      _ = await rig.cli("exec", "two", "--", "sh", "-c", "echo c > /proc/sysrq-trigger")
      await rig.ok("wait", "two", "--state", "failed", "--timeout", "20")
      let status = await rig.status("two")
      #expect(status.cause.contains("panicked") && status.remedy.contains("logs"))
      #expect(await rig.ok("logs", "two", "-n", "100").contains("Kernel panic"))
      #expect(await rig.cli("status", "two").output.contains("panicked"))
      let explained = await rig.explain("two")
      #expect(explained.verdict == "blocked" && explained.summary.contains("the guest's kernel panicked"))
      #expect(explained.reasons.first?.remedy == "see the last console lines: vmsupervisor logs two")
      #expect(await rig.ok("events", "two").contains("the guest's kernel panicked"))
      // As explain says.
      #expect(explained.reasons.contains { $0.remedy.contains("vmsupervisor start two") })
      await rig.ok("start", "two")
      #expect(await rig.status("two").state == "running")
    }
  }

  @Test func supervisorKilledIsNoticedByNoGuest() async throws {
    try await Rig.run { rig in
      await rig.boot("three")
      let before = await rig.status("three")
      let uptime = await rig.ok("exec", "three", "--", "cat", "/proc/uptime")
      await rig.supervisor.kill9()
      #expect(ProcessFacts(pid: before.pid)?.state != "Z")
      let away = await rig.cli("status")
      #expect(away.status == 69 && away.error.contains("start it"))
      try await rig.startSupervisor()
      let after = await rig.status("three")
      #expect(after.state == "running" && after.pid == before.pid && after.incarnation == before.incarnation)
      let later = await rig.ok("exec", "three", "--", "cat", "/proc/uptime")
      #expect(Double(later.split(separator: " ")[0]) ?? 0 > Double(uptime.split(separator: " ")[0]) ?? .infinity)
      let ping = await rig.inNetwork("ping", "-n", "-c", "1", "-W", "2", after.address)
      #expect(ping.status == 0)

      // What happened while nobody looked is read back.
      _ = await rig.cli("exec", "three", "--", "sh", "-c", "(sleep 1; poweroff) >/dev/null 2>&1 &")
      await rig.supervisor.kill9()
      try await Task.sleep(for: .seconds(3))
      try await rig.startSupervisor()
      await rig.ok("wait", "three", "--state", "stopped", "--timeout", "10")
      #expect(await rig.status("three").cause.contains("switched itself off"))

      // And a process that died meanwhile is lost, not running.
      await rig.boot("four")
      let pid = await rig.status("four").pid
      await rig.supervisor.kill9()
      kill(pid, SIGKILL)
      try await rig.startSupervisor()
      #expect(await rig.status("four").state == "failed")
    }
  }

  @Test func netdRestartedUnderARunningGuest() async throws {
    try await Rig.run { rig in
      await rig.boot("five")
      let address = await rig.status("five").address
      await rig.netd.kill9()
      let ping = await rig.inNetwork("ping", "-n", "-c", "1", "-W", "2", address)
      #expect(ping.status == 0, "no process of ours is in the guest's way")
      let away = await rig.cli("create", "-f", "-", "--start", input: rig.guestSpec("six"))
      #expect(away.status == 69 && away.error.contains("netd"), "\(away.error)")
      #expect(await rig.cli("status", "six").status == 4, "nothing half-made stays")
      try await rig.startNetd()
      #expect(await rig.ok("ports").contains(address))
      await rig.boot("six")
      #expect(await rig.status("six").address != address)
    }
  }

  @Test func consoleShowsThePastAndTakesKeys() async throws {
    try await Rig.run { rig in
      await rig.boot("seven")
      let typed = await rig.cli("console", "seven", input: "echo $((6 * 7))-answer\n")
      #expect(typed.output.contains("procurator-guest: ready"))
      #expect(typed.output.contains("42-answer"))
    }
  }

  @Test func twoNetworksFixedAddressAndMicrovm() async throws {
    try await Rig.run { rig in
      await rig.boot(
        "eight", extra: "machine: microvm\nnics: [{network: default, address: 10.100.1.77}, {network: second}]")
      let addresses = await rig.ok("exec", "eight", "--", "ip", "-o", "-4", "addr")
      #expect(addresses.contains("10.100.1.77/24") && addresses.contains("10.101.0."))
      let ping = await rig.inNetwork("ping", "-n", "-c", "1", "-W", "2", "10.100.1.77")
      #expect(ping.status == 0, "\(ping.output)")
    }
  }
}
