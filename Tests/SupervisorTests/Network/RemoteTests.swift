import Foundation
import Linux
import Testing

extension GuestTests {
  /// A node that is reached over the network, with certificates, by commands.
  @Suite(.serialized) struct RemoteTests {
    @Test func aNodeIsOperatedFromElsewhere() async throws {
      try await Rig.run { rig in
        try await rig.openNetwork()
        try await rig.caller("read-only", "bob")
        try rig.write("web.json", rig.bareSpec("web"))
        #expect(await rig.remote("alice", "create", "-f", rig.folder + "/web.json", "--start").status == 0)
        for who in ["alice", "bob"] {
          let status = await rig.remote(who, "status", "web")
          #expect(status.status == 0 && status.output.contains("web"), "\(status.error)")
        }
        // Who acted is known by the certificate.
        let events = await rig.remote("bob", "events", "--output", "json").output.filter { !$0.isWhitespace }
        #expect(events.contains("\"alice[operator]\"") && events.contains("\"role\":\"operator\""), "\(events)")
        let refused = await rig.remote("bob", "stop", "web")
        #expect(refused.status == 5 && refused.error.contains("bob (read-only at 127.0.0.1"), "\(refused.error)")
        #expect(await rig.status("web").state == "running")

        // It is taken away while somebody looks.
        let watching = Task { await rig.remote("bob", "events", "-f") }
        try await rig.revoke("bob")
        try await eventually("bob is not let in") { await rig.remote("bob", "status").status == 5 }
        #expect(await watching.value.status != 0, "nor does he go on looking")
        let log = try Files.readText(rig.supervisor.log)
        #expect(log.contains("connection of 127.0.0.1 to 127.0.0.1:9090 refused") && log.contains("revoked"), "\(log)")

        // A new certificate for the node counts at once, also for a supervisor that is started again.
        try await rig.renewNode()
        await rig.supervisor.stop()
        let away = await rig.remote("alice", "status")
        #expect(away.status == 69 && away.error.contains("nobody listens there"), "\(away.error)")
        try await rig.startSupervisor()
        try await eventually("it listens again") { await rig.remote("alice", "status").status == 0 }
        #expect(await rig.remote("alice", "delete", "web", "--force").status == 0)
      }
    }

    /// A client of the contract that knows nothing of ours.
    @Test func aPythonClientCalls() async throws {
      try await Rig.run { rig in
        try await rig.openNetwork()
        try await rig.caller("control-plane", "plane")
        let result = await rig.peer("client.py", "plane", Rig.schemas)
        try #require(result.status == 0, "\(result.error)")
        let peer = PeerAnswers(result.output)
        let answer = peer.answer
        #expect(answer("health")["healthy"] as? Bool == true && answer("health")["version"] != nil)
        #expect((answer("node")["hostname"] as? String)?.isEmpty == false, "\(answer("node"))")
        #expect(answer("created")["created"] as? Bool == true)
        #expect((answer("created again")["message"] as? String)?.contains("exists just so") == true)
        #expect(
          peer.fault("another").hasPrefix("ALREADY_EXISTS: ") && peer.fault("another").contains("another in memory"))
        #expect(answer("running")["state"] as? String == "POWER_STATE_RUNNING", "\(answer("running"))")
        #expect(answer("paused")["state"] as? String == "POWER_STATE_PAUSED", "\(answer("paused"))")
        #expect(answer("event")["vmId"] as? String == answer("created")["vmId"] as? String)
        #expect(peer.fault("fault 1").hasPrefix("NOT_FOUND: VM not found: "), "\(peer.fault("fault 1"))")
        #expect(peer.fault("fault 2").hasPrefix("INVALID_ARGUMENT: "), "\(peer.fault("fault 2"))")
        #expect(peer.fault("fault 3").hasPrefix("DEADLINE_EXCEEDED: "), "\(peer.fault("fault 3"))")
        #expect(
          ((answer("list")["vms"] as? [[String: Any]])?.first?["state"] as? String) == "POWER_STATE_STOPPED",
          "\(answer("list"))")
        // A port is the card's.
        let id = answer("created")["vmId"] as? String ?? ""
        let port = (answer("ports")["ports"] as? [[String: Any]])?.first ?? [:]
        #expect(
          port["portId"] as? String == id + "/0" && port["phase"] as? String == "NETWORK_PORT_PHASE_ACTIVE", "\(port)")
        #expect((port["tap"] as? String)?.isEmpty == false && (port["ipAddresses"] as? [String])?.isEmpty == false)
        let socket = answer("console")["host"] as? String ?? ""
        #expect(answer("console")["type"] as? String == "vnc" && socket.hasPrefix("unix:/"), "\(answer("console"))")
        func count(_ what: String) -> Int? { (answer(what)["ports"] as? [[String: Any]])?.count }
        #expect((answer("card")["nic"] as? [String: Any])?["nic"] as? Int == 1, "\(answer("card"))")
        #expect(count("ports") == 1 && count("cards") == 2 && count("cards after") == 1)
        for (what, code) in [
          ("no download", "NOT_FOUND"), ("no cancel", "NOT_FOUND"),
          ("no migration", "UNIMPLEMENTED"),
        ] { #expect(peer.fault(what).hasPrefix(code + ": "), "\(peer.fault(what))") }
        #expect(answer("limited")["portId"] as? String == id + "/0")
        #expect(
          peer.fault("groups").hasPrefix("FAILED_PRECONDITION: ") && peer.fault("groups").contains("security_group_ids")
        )
        #expect(peer.fault("port stays").hasPrefix("FAILED_PRECONDITION: "), "\(peer.fault("port stays"))")
        #expect(peer.fault("no port").hasPrefix("NOT_FOUND: "), "\(peer.fault("no port"))")
        #expect(answer("ovs").isEmpty && answer("port down")["phase"] as? String == "NETWORK_PORT_PHASE_DOWN")
        #expect(answer("rest").isEmpty, "\(answer("rest"))")
        // From the other side.
        let events = await rig.ok("events", "--output", "json")
        for what in ["created", "deleted"] {
          #expect(events.contains("\"plane[control-plane]\"") && events.contains(what))
        }
      }
    }

    /// TLS before 1.3, no certificate, and no TLS; beside one that is as it should be.
    @Test func strangersAreNotSpokenTo() async throws {
      try await Rig.run { rig in
        try await rig.openNetwork()
        let result = await rig.peer("attack.py", "alice", "strangers")
        #expect(result.output == "True False False False\n", "\(result.output) \(result.error)")
        #expect(await rig.remote("alice", "status").status == 0)
      }
    }

    /// Files that do not fit together are said, and those before them are used.
    @Test func brokenFilesAreSaid() async throws {
      try await Rig.run { rig in
        try await rig.openNetwork()
        #expect(await rig.cli("doctor").output.contains("certificates: all hold until"))
        let key = try Files.read(rig.folder + "/tls/node.key")
        try Files.replace(rig.folder + "/tls/node.key", with: Array("nothing".utf8), mode: 0o644)
        try await eventually("doctor says it") { await rig.cli("doctor").output.contains("api.network") }
        let doctor = await rig.cli("doctor").output
        #expect(doctor.contains("what was read before is used"), "\(doctor)")
        #expect(await rig.remote("alice", "status").status == 0)
        try Files.replace(rig.folder + "/tls/node.key", with: key, mode: 0o644)
        try await eventually("it is well again") { !(await rig.cli("doctor").output.contains("api.network")) }
        // A list that was there is missed, and goes on to count.
        unlink(rig.folder + "/tls/crl.pem")
        try await eventually("doctor misses it") { await rig.cli("doctor").output.contains("it is not there any more") }
        #expect(await rig.remote("alice", "status").status == 0)
      }
    }

    /// Each attack beside others' calls: what it met, and what it cost, is printed.
    @Test(arguments: ["silent", "crowd", "streams", "resets", "large"])
    func attacksAreBounded(_ kind: String) async throws {
      try await Rig.run { rig in
        try await rig.openNetwork()
        try await rig.caller("read-only", "eve")
        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("seen"))
        let most = try await Bystanders(rig: rig, vm: "seen").watch("network: \(kind)") {
          let result = await rig.peer("attack.py", "eve", kind)
          print("  \(kind): \(result.output)")
          #expect(result.status == 0, "\(result.error)")
          #expect(kind != "large" || result.output.hasPrefix("answered"))
          let status = await rig.remote("alice", "status")
          #expect(status.status == 0 || kind == "crowd", "\(status.error)")
        }
        #expect(most < 400 << 20)
        try await eventually("others are served") { await rig.remote("alice", "status").status == 0 }
        await rig.ok("delete", "seen", "--force")
      }
    }
  }
}
