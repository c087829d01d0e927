import Foundation
import Linux
import Testing

@testable import HypervisorQEMU

/// Limits of real guests, through the command line.
extension GuestTests {
  @Test func throttlesHoldAndChangeWhileTheGuestRuns() async throws {
    try await Rig.run { rig in
      await rig.ok(
        "create", "-f", "-", "--start",
        input: """
          name: slow
          memory: 16MiB
          disks: [{name: root, size: 1MiB, format: raw, iops: 100}, {name: data, size: 1MiB}]

          """)
      #expect(await rig.throttles("slow") == ["disk0": [100, 0], "disk1": [0, 0]])
      await rig.ok("limit", "slow", "--throughput", "data=2MiB", "--iops", "root=none", "--tasks", "200")
      #expect(await rig.throttles("slow") == ["disk0": [0, 0], "disk1": [0, 2 << 20]])
      // What does not exist changes nothing, neither here nor there.
      let missing = await rig.cli("limit", "slow", "--iops", "root=5", "--iops", "swap=7")
      #expect(missing.status == 4 && missing.error.contains("its disks are root, data"), "\(missing.error)")
      let wrong = await rig.cli("limit", "slow", "--iops", "root=5", "--cpu-weight", "20000")
      #expect(wrong.status == 1 && wrong.error.contains("10000"), "\(wrong.error)")
      #expect(await rig.throttles("slow") == ["disk0": [0, 0], "disk1": [0, 2 << 20]])
      // A supervisor that died between record and effect makes up for it.
      #expect(await rig.ok("status", "slow").contains("data 2MiB/s"))
      await rig.supervisor.kill9()
      try rig.editRecord("slow") { $0.replacing("\"throughput\" : 2097152", with: "\"throughput\" : 1048576") }
      try await rig.startSupervisor()
      #expect(await rig.throttles("slow") == ["disk0": [0, 0], "disk1": [0, 1 << 20]])
      await rig.ok("kill", "slow")
      await rig.ok("limit", "slow", "--iops", "data=9")
      await rig.ok("start", "slow")
      #expect(await rig.throttles("slow") == ["disk0": [0, 0], "disk1": [9, 1 << 20]])
      await rig.ok("kill", "slow")
    }
  }

  @Test func balloonMoves() async throws {
    try await Rig.run { rig in
      await rig.boot("soft", extra: "nics: []")
      #expect(await rig.balloon("soft") == 128 << 20)
      await rig.ok("balloon", "soft", "96MiB")
      try await eventually("the guest has given memory") { await rig.balloon("soft") == 96 << 20 }
      #expect(await rig.ok("status", "soft").contains("Balloon: the guest has 96 MiB"))
      await rig.supervisor.kill9()
      try await rig.startSupervisor()
      try await eventually("a new supervisor knows") { await rig.balloon("soft") == 96 << 20 }
      await rig.ok("balloon", "soft", "128MiB")
      try await eventually("the guest has it back") { await rig.balloon("soft") == 128 << 20 }
      for size in ["32MiB", "129MiB"] {
        let refused = await rig.cli("balloon", "soft", size)
        #expect(refused.status == 1 && refused.error.contains("outside 64 MiB to 128 MiB"), "\(refused.error)")
      }
      await rig.ok("kill", "soft")
      #expect(await rig.cli("balloon", "soft", "96MiB").status == 3)
    }
  }

  @Test func admissionSaysItsNumbers() async throws {
    let reserve = Int(MemoryTotal.bytes >> 20) - 1024
    try await Rig.run(settings: ["OvercommitCPU=1000", "ReserveMemory=\(reserve)MiB"]) { rig in
      // About 1 GiB is left. A bare VM with 32 MiB beside its memory takes 300.
      func spec(_ name: String) -> String {
        rig.bareSpec(name, extra: "limits: {memoryOverhead: 32MiB}").replacing("memory: 16MiB", with: "memory: 268MiB")
      }
      for name in ["a", "b", "c", "d"] { await rig.ok("create", "-f", "-", input: spec(name)) }
      for name in ["a", "b", "c"] { await rig.ok("start", name) }
      let full = await rig.cli("start", "d")
      #expect(full.status == 75, "\(full.error)")
      for part in ["900 MiB committed of", "usable (", "× 1.0 − ", "reserve), needs 300 MiB", "OvercommitMemory="] {
        #expect(full.error.contains(part), "\(full.error)")
      }
      #expect(await rig.status("d").state == "failed")
      let capacity = await rig.ok("capacity")
      #expect(capacity.contains("900 MiB"), "\(capacity)")
      // What is on counts after a restart of the supervisor too, and what has ended does not.
      await rig.supervisor.kill9()
      try await rig.startSupervisor()
      #expect(await rig.cli("start", "d").status == 75)
      await rig.ok("kill", "a")
      await rig.ok("start", "d")
      #expect(await rig.cli("start", "a").status == 75)
    }
  }

  @Test func missingLimitsAreSaidAloud() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("loud", extra: "limits: {cpu: 0.5}"))
      let status = await rig.ok("status", "loud")
      #expect(status.contains("no limit of memory, tasks, processors"), "\(status)")
      #expect(await rig.ok("capacity").contains("VMs are not limited"))
      let strict = await rig.cli("create", "-f", "-", "--start", input: rig.bareSpec("strict", extra: "strict: true"))
      #expect(strict.status == 1 && strict.error.contains("limit memory, tasks of strict"), "\(strict.error)")
    }
    try await Rig.run(settings: Rig.generous + ["Strict=yes"]) { rig in
      let strict = await rig.cli("create", "-f", "-", "--start", input: rig.bareSpec("all"))
      #expect(strict.status == 1, "\(strict.error)")
    }
  }

  /// With a group that is delegated, whatever this host's hierarchy can limit.
  @Test func hypervisorsLiveInGroupsOfTheirOwn() async throws {
    try await Rig.run(grouped: true) { rig in
      let group = try #require(rig.group?.group)
      await rig.ok(
        "create", "-f", "-", "--start", input: rig.bareSpec("inside", extra: "limits: {cpu: 0.5, tasks: 100}"))
      let status = await rig.status("inside")
      let own = group.child("vm-" + status.id)
      #expect(own.processes == [status.pid])
      #expect(group.child("supervisor").processes == [rig.supervisor.pid])
      let has = group.controllers
      #expect(own.read("cpu.max") == (has.contains(.cpu) ? "50000 100000\n" : nil))
      #expect(own.read("pids.max") == (has.contains(.pids) ? "100\n" : nil))
      let history = await rig.ok("status", "inside")
      let whole = await rig.ok("status", "inside", "-o", "json")
      for (controller, what) in [(Cgroup.Controller.cpu, "processors"), (.memory, "memory"), (.pids, "tasks")] {
        #expect(history.contains("no limit of \(what)") != has.contains(controller))
        #expect(
          whole.contains("no limit of \(what): the controller \(controller.rawValue) is not delegated")
            != has.contains(controller))
      }
      // A new supervisor finds both, and puts a hypervisor that somebody took out back.
      await rig.supervisor.kill9()
      try group.child("elsewhere").make()
      try group.child("elsewhere").enter(status.pid)
      try await rig.startSupervisor()
      #expect(own.processes == [status.pid])
      try group.child("elsewhere").remove(timeout: 1000)
      await rig.ok("limit", "inside", "--cpu", "0.25")
      #expect(own.read("cpu.max") == (has.contains(.cpu) ? "25000 100000\n" : nil))
      await rig.ok("kill", "inside")
      try await eventually("the group goes with it") { !own.exists }
      // What a crash left behind is cleared at the next start; what nobody knows is reported.
      await rig.supervisor.kill9()
      try own.make()
      try group.child("vm-unknown").make()
      try await rig.startSupervisor()
      try await eventually("leftover groups are cleared") { !own.exists && !group.child("vm-unknown").exists }
      try group.child("vm-stray").make()
      let audit = await rig.cli("audit")
      #expect(audit.status == 1 && audit.output.contains("vm-stray belongs to no running VM"), "\(audit.output)")
      try group.child("vm-stray").remove()
    }
  }
}

extension GuestTests {
  /// What this host's hierarchy counts is shown, and nothing else.
  @Test func theGroupIsCounted() async throws {
    try await Rig.run(settings: Rig.generous + ["MetricsInterval=1"], grouped: true) { rig in
      let group = try #require(rig.group?.group)
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("counted"))
      func usage(_ text: String) throws -> [String: Any]? {
        let root = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return ((root?["vms"] as? [[String: Any]])?.first)?["group_usage"] as? [String: Any]
      }
      try await eventually("the group is read") { try usage(await rig.ok("status", "counted", "-o", "json")) != nil }
      let own = group.child("vm-" + (await rig.status("counted").id))
      for shown in [
        try usage(await rig.ok("status", "counted", "-o", "json")),
        try usage(await rig.ok("top", "--once", "-o", "json")),
      ] {
        let shown = try #require(shown)
        let has = group.controllers
        #expect((shown["cpu_periods"] != nil) == has.contains(.cpu))
        #expect((shown["memory_bytes"] != nil) == has.contains(.memory))
        #expect((shown["memory_peak_bytes"] != nil) == own.has("memory.peak"))
        #expect((shown["memory_events"] != nil) == has.contains(.memory))
        #expect((shown["tasks"] != nil) == has.contains(.pids))
        let pressure = try #require(shown["pressure"] as? [String: [String: Double]])
        for what in ["cpu", "memory", "io"] {
          // Without psi=1 a kernel may have the files and say nothing in them.
          let isCounted = own.read("\(what).pressure") != nil
          #expect((pressure[what]?["some_seconds"] != nil) == isCounted, "\(what)")
        }
      }
      await rig.ok("kill", "counted")
      try await eventually("what has ended has none") {
        try usage(await rig.cli("status", "counted", "-o", "json").output) == nil
      }
    }
  }
}

/// Memory of this host.
private enum MemoryTotal {
  static var bytes: UInt64 {
    let text = (try? Files.readText("/proc/meminfo")) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } ?? 0) << 10
  }
}

extension Rig {
  /// `[iops, bps]` by device, from the hypervisor itself, over its second monitor.
  fileprivate func throttles(_ name: String) async -> [String: [UInt64]] {
    guard let monitor = try? await QMPClient.connect(path: "\(folder)/run/vms/\(await status(name).id)/qmp2"),
      let all = try? await monitor.throttles()
    else { return [:] }
    await monitor.close()
    let rates = all.compactMap(\.rate).filter { [.disk(0), .disk(1)].contains($0.device) }
    return Dictionary(rates.map { ("\($0.device)", [$0.operations, $0.bytes]) }) { $1 }
  }

  fileprivate func balloon(_ name: String) async -> UInt64 {
    let balloon = await status(name).fields["balloon"] as? [String: Any]
    return UInt64(balloon?["bytes"] as? Int ?? 0)
  }

  fileprivate func editRecord(_ name: String, _ change: (String) -> String) throws {
    for id in try Files.names(in: folder + "/lib/vms") {
      let path = "\(folder)/lib/vms/\(id)/vm.json"
      let text = try Files.readText(path)
      guard text.contains("\"name\" : \"\(name)\"") else { continue }
      let changed = change(text)
      #expect(changed != text)
      try Files.replace(path, with: Array(changed.utf8))
      try Command.must("/usr/bin/chown", "\(Self.user):\(Self.group)", path)
    }
  }
}
