import Foundation
import Linux
import Testing

extension GuestTests {
  /// What a node says of itself, of its events and figures, and of guests that are asked to power off; each answer beside what
  /// can be seen of it from another side.
  @Suite(.serialized) struct InfoTests {
    @Test func aNodeTellsWhatItIsAndWhatHappens() async throws {
      try await Rig.run { rig in
        try await rig.openNetwork()
        try await rig.caller("control-plane", "plane")
        let result = await rig.peer("info.py", "plane", Rig.schemas, "look")
        try #require(result.status == 0, "\(result.error)")
        let peer = PeerAnswers(result.output)
        try await Self.checkNode(peer.answer("node"), rig)
        let seen = await rig.status("seen")
        Self.checkFigures(peer, seen.id)
        Self.checkStops(peer)

        // Events.
        let ids = peer.answer("seen")["ids"] as? [Int] ?? []
        let types = Set(peer.answer("seen")["types"] as? [String] ?? [])
        #expect(ids == Array((ids.first ?? 0)...(ids.last ?? 0)), "each follows the one before it: \(ids)")
        #expect(peer.answer("known")["ids"] as? [Int] == ids && !ids.isEmpty, "who comes back misses nothing")
        for type in ["VM_STARTED", "VM_PAUSED", "VM_RESUMED", "DISK_ATTACHED"] {
          #expect(types.contains("EVENT_TYPE_" + type), "\(types)")
        }
        #expect(peer.answer("quiet")["beat"] as? String == "true", "\(peer.answer("quiet"))")
        #expect(peer.answer("of the future")["types"] as? [String] == ["EVENT_TYPE_UNKNOWN"])
        for fault in ["bad procurator-after", "bad procurator-heartbeat", "bad interval"] {
          #expect(peer.fault(fault).hasPrefix("INVALID_ARGUMENT: "), "\(fault): \(peer.fault(fault))")
        }

        // A guest that starts again, and a supervisor that does: the numbers go on.
        await rig.ok("reboot", "seen", "--hard")
        await rig.supervisor.stop()
        try await rig.startSupervisor()
        try await eventually("it listens again") { await rig.remote("alice", "status").status == 0 }
        await rig.ok("kill", "seen")
        await rig.ok("disk", "detach", "seen", "more", "--delete")
        let last = try #require(ids.last)
        let later = PeerAnswers(await rig.peer("info.py", "plane", Rig.schemas, "events", "\(last)").output)
        let after = later.answer("events")["types"] as? [String] ?? []
        #expect((later.answer("events")["ids"] as? [Int])?.first == last + 1)
        for type in ["VM_REBOOTED", "VM_STOPPED", "DISK_DETACHED"] {
          #expect(after.contains("EVENT_TYPE_" + type), "\(after)")
        }

        // The hypervisor's log is not the console's.
        let log = "\(rig.folder)/lib/vms/\(seen.id)/hypervisor.log"
        try Files.replace(log, with: Array("one\ntwo\nthree\n".utf8), mode: 0o644)
        let logs = PeerAnswers(await rig.peer("info.py", "plane", Rig.schemas, "logs", "seen").output)
        #expect(
          logs.answer("log")["qemuLog"] as? String == "two\nthree" && logs.answer("log")["logPath"] as? String == log)
        #expect(logs.answer("log")["truncated"] as? Bool == true && logs.answer("whole log")["truncated"] == nil)
        #expect(logs.answer("whole log")["logSizeBytes"] as? String == "14")
        let modified = logs.answer("log")["lastModified"] as? String ?? ""
        let date = try #require(try? Date(modified, strategy: .iso8601))
        #expect(abs(date.timeIntervalSinceNow) < 3600, "\(modified)")
        #expect(logs.fault("no log").hasPrefix("NOT_FOUND: VM not found: "), "\(logs.fault("no log"))")
        await rig.ok("delete", "seen", "--force")
      }
    }

    private static func checkNode(_ node: [String: Any], _ rig: Rig) async throws {
      #expect(UUID(uuidString: node["nodeId"] as? String ?? "") != nil, "\(node["nodeId"] ?? "")")
      let machine = (try? Files.readText("/etc/machine-id")) ?? ""
      #expect(!machine.contains(node["nodeId"] as? String ?? "-"), "the machine's own id is not told")
      let processor = node["cpu"] as? [String: Any] ?? [:]
      #expect(processor["totalThreads"] as? Int == ProcessInfo.processInfo.activeProcessorCount)
      #expect((processor["features"] as? [String] ?? []).contains("fpu"), "\(processor)")
      let storage = node["storage"] as? [[String: Any]] ?? []
      let root = try #require(storage.first { $0["mountPoint"] as? String == "/" }, "\(storage)")
      let df = await rig.inNetwork("/usr/bin/df", "-B1", "--output=size", "/").output
      #expect(df.contains(root["totalBytes"] as? String ?? "-"), "\(root) \(df)")
      let links = node["network"] as? [[String: Any]] ?? []
      let shown = await rig.inNetwork("/usr/sbin/ip", "-o", "link").output
      for link in links { #expect(shown.contains(": \(link["name"] as? String ?? "-")"), "\(link)") }
      let capabilities = node["capabilities"] as? [String: Any] ?? [:]
      #expect(capabilities["supportsHotplug"] as? Bool == true && capabilities["supportsSnapshots"] as? Bool == true)
      #expect(capabilities["supportsLiveMigration"] == nil && capabilities["supportsGpuPassthrough"] == nil)
      #expect((capabilities["maxVcpus"] as? Int ?? 0) >= 255, "\(capabilities)")
    }

    private static func checkFigures(_ peer: PeerAnswers, _ id: String) {
      for what in ["metrics", "metrics again"] {
        let figures = peer.answer(what)
        let memory = MemoryInfo.read()
        #expect(figures["memoryTotalBytes"] as? String == "\(memory["MemTotal"] ?? 0)")
        let vm = (figures["vms"] as? [[String: Any]] ?? []).first { $0["vmId"] as? String == id } ?? [:]
        #expect((Int(vm["memoryUsedBytes"] as? String ?? "") ?? 0) > 1 << 20, "\(figures)")
        let disks = (figures["disks"] as? [[String: Any]] ?? []).compactMap { $0["device"] as? String }
        let known = (try? Files.names(in: "/sys/block")) ?? []
        #expect(disks.allSatisfy { known.contains($0) && !$0.hasPrefix("loop") }, "\(disks)")
      }
      #expect(peer.answer("metrics")["timestamp"] as? String != peer.answer("metrics again")["timestamp"] as? String)
      let status = peer.answer("status")
      #expect(status["memoryTotalBytes"] as? String == "\(64 << 20)" && status["runStartedAt"] != nil, "\(status)")
      let disk = (status["diskSpecs"] as? [[String: Any]])?.first ?? [:]
      #expect(disk["id"] as? String == "root" && disk["sizeGib"] as? String == "1", "\(disk)")
    }

    private static func checkStops(_ peer: PeerAnswers) {
      for fault in ["stop 2", "stop 0"] {
        let words = peer.fault(fault)
        #expect(words.hasPrefix("DEADLINE_EXCEEDED: ") && words.contains("nothing was done to it"), "\(words)")
      }
      let (before, after) = (peer.answer("status"), peer.answer("runs on"))
      #expect(after["state"] as? String == "POWER_STATE_RUNNING" && after["pid"] as? String == before["pid"] as? String)
      #expect(after["desired"] as? String == "on" && after["request"] == nil, "\(after)")
      #expect(peer.fault("stop paused").hasPrefix("FAILED_PRECONDITION: "), "\(peer.fault("stop paused"))")
      #expect(peer.answer("ended")["state"] as? String == "POWER_STATE_STOPPED")
    }

    /// Neither does it keep others from their answers.
    @Test func aFileSystemThatHangsIsToldWithoutSizes() async throws {
      try await Rig.run { rig in
        try await rig.openNetwork()
        await rig.supervisor.stop()
        let silent = try SilentDisk(rig.image("silent"))
        defer { silent.remove() }
        try await rig.startSupervisor()
        try await eventually("it listens") { await rig.remote("alice", "status").status == 0 }
        let result = await rig.peer("info.py", "alice", Rig.schemas, "node")
        #expect(result.status == 0, "\(result.error)")
        let answers = result.output.split(separator: "\n").map { PeerAnswers(String($0)).answer("node") }
        #expect(answers.count == 2 && answers[0]["nodeId"] as? String == answers[1]["nodeId"] as? String)
        for answer in answers {
          let storage = answer["storage"] as? [[String: Any]] ?? []
          let hangs = try #require(storage.first { $0["mountPoint"] as? String == silent.folder }, "\(storage)")
          #expect(hangs["filesystem"] as? String == "fuse" && hangs["totalBytes"] == nil)
          #expect(storage.first { $0["mountPoint"] as? String == "/" }?["totalBytes"] != nil)
        }
        silent.end()
        try await eventually("nobody waits for it any more") {
          await rig.peer("info.py", "alice", Rig.schemas, "node").status == 0
        }
      }
    }

    private static func powerState(_ name: String, _ rig: Rig) async -> String {
      let result = await rig.peer("info.py", "plane", Rig.schemas, "status", name)
      return PeerAnswers(result.output).answer("status")["state"] as? String ?? ""
    }

    /// Has a guest put itself to sleep.
    private static func sleep(_ name: String, _ rig: Rig) async throws {
      await rig.ok("exec", name, "--", "/bin/sh", "-c", "(sleep 3; echo mem >/sys/power/state) >/dev/null 2>&1 &")
      try await eventually("it sleeps") { await powerState(name, rig) == "POWER_STATE_SUSPENDED" }
      #expect(await rig.status(name).state == "running")
    }

    /// One that obeys is off, whatever its restart policy; one that does not runs on, also over a start of the supervisor.
    @Test func guestsAreAskedToPowerOff() async throws {
      try await Rig.run { rig in
        try await rig.openNetwork()
        try await rig.caller("control-plane", "plane")
        await rig.boot("web", extra: "restart: {policy: always}")
        let obeyed = PeerAnswers(await rig.peer("info.py", "plane", Rig.schemas, "stop", "web", "120").output)
        #expect(obeyed.fault("stop").hasPrefix("none: "), "\(obeyed.fault("stop"))")
        let web = await rig.status("web")
        #expect(web.state == "stopped" && web.fields["desired"] as? String == "off" && web.pid == 0)

        await rig.ok("start", "web")
        await rig.ok("wait", "web", "--state", "agent", "--timeout", "90")
        // It sleeps, and hears nothing until it is woken.
        try await Self.sleep("web", rig)
        let deafened = PeerAnswers(await rig.peer("info.py", "plane", Rig.schemas, "stop", "web", "120").output)
        #expect(deafened.fault("stop").hasPrefix("FAILED_PRECONDITION: "), "\(deafened.fault("stop"))")
        let refused = await rig.cli("pause", "web")
        #expect(refused.status != 0 && refused.error.contains("put itself to sleep"), "\(refused.error)")
        #expect(await rig.peer("info.py", "plane", Rig.schemas, "resume", "web").status == 0)
        try await eventually("it is awake") { await Self.powerState("web", rig) == "POWER_STATE_RUNNING" }

        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("deaf"))
        let pid = await rig.status("deaf").pid
        let asking = Task { await rig.peer("info.py", "plane", Rig.schemas, "stop", "deaf", "20") }
        try await eventually("it is asked") { await rig.status("deaf").fields["request"] as? String == "stop" }
        await rig.supervisor.kill9()
        #expect(PeerAnswers(await asking.value.output).fault("stop").hasPrefix("UNAVAILABLE: "))
        try await rig.startSupervisor()
        try await eventually("nobody asks any more") {
          let status = await rig.status("deaf")
          return status.state == "running" && (status.fields["request"] as? String ?? "").isEmpty
        }
        let deaf = await rig.status("deaf")
        #expect(deaf.pid == pid && deaf.fields["desired"] as? String == "on" && ProcessFacts(pid: pid)?.state != "Z")
        #expect(deaf.history.contains { $0.contains("power off requested, 20 s") }, "\(deaf.history)")
        for name in ["web", "deaf"] { await rig.ok("delete", name, "--force") }
      }
    }
  }
}
