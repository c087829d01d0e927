import Foundation
import Testing

/// The numbers of a real guest move when it does something, and tell of nothing else.
@Suite(.serialized) struct GuestMetricsTests {
  private static let drive = "procurator_vm_storage_write_traffic_bytes_total"

  @Test func numbersFollowTheGuest() async throws {
    try await Rig.run { rig in
      try await rig.collectOften()
      await rig.boot(
        "busy", extra: "nics: [{network: default}]\ndisks: [{name: data, size: 32MiB, format: raw}]")
      await rig.ok("create", "-f", "-", input: rig.bareSpec("idle"))
      let name = ["name": "busy"]
      try await rig.untilScrape("everything is there") { scrape in
        scrape.value(Self.drive, ["name": "busy", "drive": "data"]) != nil
          && scrape.value("procurator_vm_memory_available_bytes", name) != nil
          && scrape.value("procurator_vm_network_receive_bytes_total", ["name": "busy", "interface": "nic0"]) != nil
          && scrape.value("procurator_vm_vcpu_seconds_total", ["name": "busy", "vcpu": "0"]) != nil
          && scrape.value("procurator_vm_memory_pss_bytes", name) != nil
          && scrape.value("procurator_vm_agent_connected", name) == 1
      }
      let before = try await rig.scrape()
      #expect(before.value("procurator_vm_memory_domain_bytes", name) == 134_217_728)
      #expect(before.value("procurator_vm_memory_actual_balloon_bytes", name) == 134_217_728)
      let available = before.value("procurator_vm_memory_available_bytes", name) ?? 0
      #expect(available > 32e6 && available < 134_217_728)
      #expect((before.value("procurator_vm_memory_usable_bytes", name) ?? .infinity) < available)
      #expect((before.value("procurator_vm_memory_resident_bytes", name) ?? 0) > 32e6)
      #expect((before.value("procurator_vm_start_duration_seconds", name) ?? 0) > 0)
      #expect(before.value("procurator_vm_state", ["name": "idle", "state": "pending"]) == 1)
      #expect(before.value("procurator_vm_cpu_seconds_total", ["name": "idle"]) == nil)

      // A spinning processor, a written disk, a ping from outside.
      await rig.ok(
        "exec", "busy", "--", "sh", "-c", "end=$(($(date +%s) + 3)); while [ $(date +%s) -lt $end ]; do :; done")
      await rig.ok("exec", "busy", "--", "dd", "if=/dev/zero", "of=/dev/vda", "bs=1M", "count=8", "conv=fsync")
      let address = await rig.status("busy").address
      let ping = await rig.inNetwork("ping", "-n", "-c", "3", "-i", "0.2", "-s", "1000", "-W", "2", address)
      #expect(ping.status == 0)
      func grown(_ scrape: Exposition, _ metric: String, _ labels: [String: String] = [:]) -> Double {
        let labels = labels.merging(name) { $1 }
        return (scrape.value(metric, labels) ?? 0) - (before.value(metric, labels) ?? 0)
      }
      let card = ["interface": "nic0"]
      try await rig.untilScrape("the numbers have moved") { scrape in
        grown(scrape, "procurator_vm_cpu_seconds_total") > 0.2
          && grown(scrape, "procurator_vm_vcpu_seconds_total", ["vcpu": "0"]) > 0.2
          && grown(scrape, Self.drive, ["drive": "data"]) >= 8e6
          && grown(scrape, "procurator_vm_storage_write_requests_total", ["drive": "data"]) > 0
          && grown(scrape, "procurator_vm_network_receive_bytes_total", card) > 3000
          && grown(scrape, "procurator_vm_network_transmit_bytes_total", card) > 3000
          && grown(scrape, "procurator_vm_network_receive_packets_total", card) >= 3
      }

      // The same numbers for people, and for control planes of the contract.
      let top = try #require(
        JSONSerialization.jsonObject(with: Data(await rig.ok("top", "--once", "--output", "json").utf8))
          as? [String: Any])
      let vms = try #require(top["vms"] as? [[String: Any]])
      #expect(vms.first?["name"] as? String == "busy" && vms.first?["cpu_percent"] is Double)
      #expect((vms.first?["disk_write_bytes"] as? Int ?? 0) >= 8_000_000)
      #expect(vms.first?["network_receive_bytes_per_second"] != nil)
      #expect(vms.last?["state"] as? String == "pending" && vms.last?["cpu_percent"] == nil)
      let table = await rig.ok("top", "--once", "--sort", "net")
      #expect(table.contains("2 VMs, 1 with a process") && table.contains("RECEIVE/s"), "\(table)")

      // The name stays without a process, and nothing that only a process has.
      await rig.ok("kill", "busy")
      let stopped = try await rig.scrape()
      #expect(stopped.value("procurator_vm_state", ["name": "busy", "state": "stopped"]) == 1)
      #expect(stopped.value("procurator_vm_generation", name) == 1)
      #expect(stopped.value("procurator_vm_cpu_seconds_total", name) == nil)
      await rig.ok("delete", "busy")
      let deleted = try await rig.scrape()
      #expect(deleted.value("procurator_vm_state", name) == nil && deleted.value("procurator_vm_info", name) == nil)
      #expect(deleted.value("procurator_vm_state", ["name": "idle"]) == 1)
    }
  }

  /// A hypervisor that has stopped answering keeps nobody waiting: its last numbers stay, with their age.
  @Test func aSilentHypervisorHasOldNumbers() async throws {
    try await Rig.run { rig in
      try await rig.collectOften()
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("deaf"))
      let drive = ["name": "deaf", "drive": "root"]
      try await rig.untilScrape("it answers") { $0.value(Self.drive, drive) != nil }
      let pid = await rig.status("deaf").pid
      kill(pid, SIGSTOP)
      defer { kill(pid, SIGCONT) }
      try await rig.untilScrape("it is known to be silent") {
        ($0.value("procurator_vm_monitor_age_seconds", ["name": "deaf"]) ?? 0) > 3
      }
      let scrape = try await rig.scrape()
      #expect(scrape.value(Self.drive, drive) != nil)
      #expect((scrape.value("procurator_metrics_age_seconds") ?? .infinity) < 3)
      kill(pid, SIGCONT)
      try await rig.untilScrape("it answers again") {
        ($0.value("procurator_vm_monitor_age_seconds", ["name": "deaf"]) ?? .infinity) < 2
      }
    }
  }
}

extension Rig {
  /// Starts the supervisor again with a collection every second.
  fileprivate func collectOften() async throws {
    let path = folder + "/supervisor.conf"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try write("supervisor.conf", text + "MetricsInterval=1\n")
    await supervisor.stop()
    try await startSupervisor()
  }

  /// One scrape, read strictly.
  fileprivate func scrape() async throws -> Exposition {
    let script = """
      exec 3<>/dev/tcp/127.0.0.1/9477 || exit 1
      printf 'GET /metrics HTTP/1.0\\r\\nAccept: application/openmetrics-text; version=1.0.0\\r\\n\\r\\n' >&3; cat <&3
      """
    let answer = await inNetwork("timeout", "10", "bash", "-c", script)
    let body = try #require(answer.output.range(of: "\r\n\r\n"), "\(answer.error)")
    #expect(answer.output.contains("application/openmetrics-text; version=1.0.0"))
    return try Exposition(openMetrics: String(answer.output[body.upperBound...]))
  }

  fileprivate func untilScrape(_ what: String, _ condition: (Exposition) -> Bool) async throws {
    try await eventually(what) {
      try await Task.sleep(for: .milliseconds(200))
      return condition(try await scrape())
    }
  }
}
