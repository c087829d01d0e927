import Foundation
import Glibc
import Linux
import Testing

@testable import Text

/// Broken hosts and VMs: each time `explain` or `doctor` has to name the cause and the remedy.
@Suite(.serialized) struct BrokenTests {
  // MARK: the network

  @Test func bridgeRemovedWhileNetdIsAway() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web", extra: "nics: [{}]"))
      #expect(await rig.explain("web").reasons(in: "network").isEmpty)
      await rig.netd.kill9()
      try Command.must("/usr/sbin/ip", "-n", rig.namespace, "link", "del", "br-procurator")
      let broken = await rig.explain("web")
      #expect(broken.verdict == "weakened")
      let reason = try #require(broken.reasons(in: "network").first)
      #expect(reason.cause.contains("NIC 0 is cut off: its TAP is in no bridge"), "\(reason)")
      let remedy = ServiceRemedy(.netd).start
      #expect(reason.remedy.contains(remedy))
      #expect(broken.reasons(in: "netd").first?.remedy == remedy)
      let doctor = await rig.doctor()
      #expect(doctor["netd"]?.level == "fail")
      #expect(doctor["netd"]?.fix == remedy)
      try await eventually("the host's log has it") { await rig.ok("events").contains("netd does not answer") }

      try await rig.startNetd()
      try await eventually("netd has repaired it") { await rig.explain("web").reasons(in: "network").isEmpty }
      #expect(await rig.doctor()["netd"]?.level == "ok")
      try await eventually("that too") { await rig.ok("events").contains("netd answers again") }
    }
  }

  @Test func tapRemovedUnderARunningVM() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web", extra: "nics: [{}]"))
      let tap = try #require(await rig.taps().first)
      try Command.must("/usr/sbin/ip", "-n", rig.namespace, "link", "del", tap)
      try await eventually("the VM is told") {
        await rig.status("web").warnings.contains {
          $0.hasPrefix("network: NIC 0 is cut off") && $0.contains("vmsupervisor stop web")
        }
      }
      let reason = try #require(await rig.explain("web").reasons(in: "network").first)
      #expect(reason.cause.hasPrefix("NIC 0 is cut off: "))
      #expect(await rig.ok("events", "web").contains("NIC 0 is cut off"))
      // Asked for ever, a dead descriptor takes all of a processor.
      let pid = await rig.status("web").pid
      try await eventually("the hypervisor has let go of it") { try Hypervisors.taps(of: pid) == 0 }
      try await eventually("the hypervisor rests") { try await Hypervisors.load(of: pid) < 0.5 }
      #expect(await rig.status("web").pid == pid)
      // As long as the VM is cut off, whoever looks is told; also by those who were not there when it happened.
      func isSaid() async -> Bool {
        guard await rig.cli("audit").output.contains("missing") else { return false }
        return await rig.doctor()["network.missing"]?.level == "warn"
      }
      #expect(await isSaid())
      await rig.netd.stop()
      try await rig.startNetd()
      try await eventually("it is said with another netd") { await isSaid() }
      await rig.supervisor.stop()
      await rig.netd.kill9()
      try await rig.startNetd()
      try await rig.startSupervisor()
      try await eventually("it is said with another netd and supervisor") { await isSaid() }
      #expect(await rig.status("web").pid == pid)
      // As the remedy says.
      await rig.ok("kill", "web")
      await rig.ok("start", "web")
      #expect(await rig.explain("web").reasons(in: "network").isEmpty)
      #expect(await !rig.cli("audit").output.contains("missing"))
      #expect(await rig.doctor()["network.missing"] == nil)
    }
  }

  @Test func rulesTakenAwayUnderRunningVMs() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web", extra: "nics: [{}]"))
      let tap = try #require(await rig.taps().first)
      try Command.must(
        "/usr/sbin/ip", "netns", "exec", rig.namespace, "/usr/sbin/nft", "flush", "table", "inet", "procurator")
      try await eventually("an event tells of it") {
        await rig.ok("events").contains("nftables: all of netd's rules are loaded again: inet procurator: ")
      }
      let doctor = await rig.doctor()
      #expect(doctor["nftables"]?.level == "ok" && doctor["nftables"]?.found.contains("compared just now") == true)
      try Command.must("/usr/sbin/ip", "-n", rig.namespace, "link", "set", tap, "mtu", "900")
      try await eventually("an event of the VM tells of it") {
        await rig.ok("events", "web").contains("\(tap): it had the MTU 900; netd has put it right")
      }
      #expect(await rig.cli("audit").status == 0)
    }
  }

  @Test func portWall() async throws {
    try await Rig.run { rig in
      let config = try Files.readText(rig.folder + "/netd.conf")
      await rig.netd.stop()
      try rig.write(
        "netd.conf",
        config + "[Network tiny]\nSubnet=10.102.0.0/24\nBridge=br-tiny\nTapPrefix=pct\nShards=1\nHosts=2-3\n")
      try await rig.startNetd()
      for name in ["a", "b"] {
        await rig.ok(
          "create", "-f", "-", "--start", input: rig.bareSpec(name, extra: "nics: [{network: tiny}]"))
      }
      await rig.ok("create", "-f", "-", input: rig.bareSpec("c", extra: "nics: [{network: tiny}]"))
      // Before it is tried, and after.
      for _ in 0..<2 {
        let explained = await rig.explain("c")
        let reason = try #require(explained.reasons(in: "network").first)
        #expect(reason.cause == "all of its 2 ports are taken")
        #expect(reason.remedy.contains("Shards="))
        #expect(await rig.cli("start", "c").status == 75)
      }
      #expect(await rig.explain("c").verdict == "blocked")
      let doctor = await rig.doctor()
      #expect(doctor["ports.tiny"]?.level == "fail")
      #expect(doctor["ports.tiny"]?.fix.contains("Shards=") == true)
    }
  }

  // MARK: the host

  @Test func kvmDenied() async throws {
    try await Rig.run { rig in
      // The tests' machine may have none at all: then that is what has to be said.
      let isThere = access("/dev/kvm", F_OK) == 0
      await rig.ok("create", "-f", "-", input: rig.bareSpec("web", extra: "accel: kvm"))
      #expect(await rig.cli("start", "web").status != 0)
      let reason = try #require(await rig.explain("web").reasons(in: "accelerator").first)
      #expect(reason.cause.contains("/dev/kvm") || reason.cause.contains("KVM"), "\(reason)")
      #expect(reason.remedy.contains("group kvm") && reason.remedy.contains("QEMU 9.0"))
      let check = try #require(await rig.doctor()["kvm"])
      #expect(check.level != "ok")
      #expect(check.found.contains(isThere ? "denied" : "there is no /dev/kvm"), "\(check)")
      #expect(!check.fix.isEmpty)
    }
  }

  @Test func qemuMissing() async throws {
    try await Rig.run { rig in
      let qemu = rig.folder + "/qemu"
      try await rig.restart(with: "QEMU=\(qemu)")
      await rig.ok("create", "-f", "-", input: rig.bareSpec("web"))
      let refused = await rig.cli("start", "web")
      #expect(refused.status != 0)
      #expect(refused.error.contains(qemu) && refused.error.contains("qemu-system-x86"), "\(refused.error)")
      let explained = await rig.explain("web")
      #expect(explained.verdict == "blocked")
      let reason = try #require(explained.reasons(in: "hypervisor").first)
      #expect(reason.errno == 2 && reason.remedy.contains("qemu-system-x86"))
      let check = try #require(await rig.doctor()["qemu"])
      #expect(check.level == "fail" && check.fix.contains("qemu-system-x86"))
      #expect(await rig.ok("events").contains("no VM can be started"))

      // Installed while the supervisor runs.
      try FileManager.default.createSymbolicLink(atPath: qemu, withDestinationPath: "/usr/bin/qemu-system-x86_64")
      #expect(await rig.doctor()["qemu"]?.level == "ok")
      #expect(await rig.explain("web").reasons(in: "hypervisor").count == 1, "what happened stays the reason")
      #expect(await rig.explain("web").reasons.last?.remedy.contains("vmsupervisor start web") == true)
    }
  }

  @Test func diskFull() async throws {
    try await Rig.run { rig in
      let lib = rig.folder + "/lib"
      func inside(_ words: String...) async throws {
        let result = await Command.run("/usr/bin/nsenter", ["-m", "-t", "\(rig.supervisor.pid)", "--"] + words)
        #expect(result.status == 0, "\(words): \(result.error)")
      }
      // Seen by the supervisor only; it goes with it.
      try await inside("mount", "-t", "tmpfs", "-o", "size=4m,mode=700,uid=65534", "tmpfs", lib)
      try await inside("mkdir", "-m", "700", lib + "/vms", lib + "/broken")
      try await inside("chown", "\(Rig.user):\(Rig.group)", lib + "/vms", lib + "/broken")
      await rig.ok("create", "-f", "-", input: rig.bareSpec("web"))
      try await inside("sh", "-c", "cat /dev/zero >\(lib)/filler 2>/dev/null; test -s \(lib)/filler")
      let refused = await rig.cli("create", "-f", "-", input: rig.bareSpec("db"))
      #expect(refused.status == 75, "\(refused.error)")
      #expect(
        refused.error.contains("the file system \(lib) is full") && refused.error.contains("free space on \(lib)"))
      let explained = await rig.explain("web")
      let reason = try #require(explained.reasons(in: "space").first)
      #expect(reason.weight == "blocks" && reason.cause.contains("is full"))
      #expect(reason.remedy.contains("free space"))
      let check = try #require(await rig.doctor()["space.state"])
      #expect(check.level == "fail" && check.found.contains(lib) && check.fix.contains("free space"))

      try await inside("rm", lib + "/filler")
      #expect(await rig.explain("web").reasons(in: "space").isEmpty)
      await rig.ok("delete", "web")
      await rig.supervisor.stop()
      try await rig.startSupervisor()
    }
  }

  @Test func cgroupNotDelegated() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web"))
      let reason = try #require(await rig.explain("web").reasons(in: "limit").first)
      #expect(reason.remedy.contains("Delegate=yes") || reason.remedy.contains("unified_cgroup_hierarchy"), "\(reason)")
      let check = try #require(await rig.doctor()["cgroup"])
      #expect(check.level == "warn" && !check.fix.isEmpty, "\(check)")
    }
  }

  // MARK: the VM

  @Test func imageMissing() async throws {
    try await Rig.run { rig in
      try rig.bootableDisk("own.raw", saying: "hello")
      let spec = """
        name: web
        memory: 16MiB
        disks: [{name: root, path: \(rig.image("own.raw")), format: raw}]

        """
      await rig.ok("create", "-f", "-", input: spec)
      #expect(await rig.explain("web").verdict == "off")
      #expect(await rig.explain("web").reasons.isEmpty)
      unlink(rig.image("own.raw"))
      #expect(await rig.explain("web").summary.contains("a start would fail now"))
      #expect(await rig.cli("start", "web").status == 4)
      let explained = await rig.explain("web")
      #expect(explained.verdict == "blocked")
      let reason = try #require(explained.reasons(in: "disk").first)
      #expect(reason.object == rig.image("own.raw") && reason.errno == 2)
      #expect(
        reason.remedy.hasPrefix("bring the file there, ") && reason.remedy.contains("vmsupervisor disk attach web "))
      #expect(await rig.ok("events", "web").contains(rig.image("own.raw")), "a start that failed is an event")
      // Not readable is something else.
      try rig.bootableDisk("own.raw", saying: "hello")
      chmod(rig.image("own.raw"), 0o600)
      #expect(await rig.cli("start", "web").status == 5)
      #expect(await rig.explain("web").reasons(in: "disk").contains { $0.errno == 13 && !$0.remedy.isEmpty })
    }
  }

  @Test func agentSilent() async throws {
    try await Rig.run { rig in
      await rig.boot("web", extra: "")
      #expect(await rig.explain("web").reasons(in: "agent").isEmpty)
      await rig.ok(
        "exec", "web", "--", "sh", "-c", "(sleep 3; kill -STOP $(pidof qemu-ga)) >/dev/null 2>&1 </dev/null &")
      try await eventually("the agent is silent") {
        await rig.explain("web").reasons(in: "agent").contains {
          $0.cause.contains("its port is open, but") && $0.remedy.contains("vmsupervisor console web")
        }
      }
      #expect(await rig.explain("web").verdict == "weakened")
    }
  }

  @Test func corruptedRecord() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", input: rig.bareSpec("web"))
      let id = await rig.status("web").id
      await rig.supervisor.stop()
      let record = "\(rig.folder)/lib/vms/\(id)/vm.json"
      let whole = try Files.read(record)
      // Not a record any more, and then not even readable.
      for (mode, words) in [(mode_t(0o644), "not a record"), (0, "Permission denied")] {
        // Behind its last brace there is nothing but room.
        try Files.replace(record, with: Array(whole.prefix(upTo: try #require(whole.lastIndex(of: 0x7D)))))
        chmod(record, mode)
        try await rig.startSupervisor()
        for reference in ["web", id] {
          let explained = await rig.explain(reference)
          #expect(explained.verdict == "blocked")
          let reason = try #require(explained.reasons(in: "record").first)
          #expect(reason.cause.contains(words), "\(reason)")
          #expect(explained.observed.contains("\(rig.folder)/lib/broken/\(id)"))
        }
        let remedy = try #require(await rig.explain(id).reasons.first?.remedy)
        #expect(
          remedy.contains(mode == 0 ? "chown" : "repair") && remedy.contains("vmsupervisor delete \(id)"), "\(remedy)")
        if mode == 0 { break }
        await rig.supervisor.stop()
        try FileManager.default.moveItem(
          atPath: "\(rig.folder)/lib/broken/\(id)", toPath: "\(rig.folder)/lib/vms/\(id)")
      }
      let check = try #require(await rig.doctor()["records"])
      #expect(check.level == "fail" && check.found.contains(id) && !check.fix.isEmpty)
      #expect(await rig.ok("events").contains("record set aside"))
      // First what it says of repairing, then of giving up.
      try FileManager.default.moveItem(
        atPath: "\(rig.folder)/lib/broken/\(id)", toPath: "\(rig.folder)/lib/vms/\(id)")
      try Files.replace(record, with: whole, mode: 0o644)
      try Command.must("/usr/bin/chown", "\(Rig.user)", record)
      await rig.supervisor.stop()
      try await rig.startSupervisor()
      #expect(await rig.status("web").state == "pending")
      await rig.ok("start", "web")
      await rig.ok("kill", "web")
      await rig.supervisor.stop()
      try Files.replace(record, with: Array("{".utf8), mode: 0o644)
      try await rig.startSupervisor()
      #expect(await rig.doctor()["records"]?.level == "fail")
      await rig.ok("delete", id, "--force")
      #expect(await rig.doctor()["records"]?.level == "ok")
      #expect(try Files.names(in: "\(rig.folder)/lib/broken").isEmpty)
      #expect(await rig.cli("delete", id).status == 4)
    }
  }

  /// As seccomp ends a process (signal(7)): what does it is in the tests of the confinement.
  @Test func seccompKill() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web"))
      kill(await rig.status("web").pid, SIGSYS)
      await rig.ok("wait", "web", "--state", "failed")
      let explained = await rig.explain("web")
      #expect(explained.verdict == "blocked")
      let reason = try #require(explained.reasons.first)
      #expect(reason.part == "confinement", "\(reason)")
      #expect(!reason.remedy.isEmpty)
    }
  }

  @Test func supervisorAway() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web"))
      await rig.supervisor.kill9()
      let config = rig.folder + "/supervisor.conf"
      let answer = await rig.cli("explain", "web", "--config", config, "--output", "json")
      #expect(answer.status == 69)
      let explained = Explained(answer.output)
      #expect(explained.summary == "the supervisor does not answer; the guest of web runs on without it")
      #expect(explained.reasons(in: "supervisor").contains { $0.remedy.contains("journalctl -t vmsupervisor") })
      let doctor = await rig.cli("doctor", "--config", config)
      #expect(doctor.status == 1)
      #expect(doctor.output.contains("supervisor: ") && doctor.output.contains("kvm: "))
      try await rig.startSupervisor()
      #expect(await rig.cli("doctor").output.contains("supervisor: answers"))
    }
  }
}
