import Foundation
import Glibc
import IPCPeer
import Linux
import Testing

@testable import Text
@testable import vmsupervisor

/// Sockets and ports that somebody has taken or removed: noticed, said, and made again by whoever owns them.
@Suite(.serialized) struct BrokenSocketsTests {
  @Test func aTakenMetricsPortIsSaidAndTriedAgain() async throws {
    try await Rig.run { rig in
      let port = "9477"
      func scrapes() async -> Bool {
        let script = "exec 3<>/dev/tcp/127.0.0.1/\(port) && printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3"
        return await rig.inNetwork("timeout", "5", "bash", "-c", script).output.contains("procurator_build_info")
      }
      try await eventually("metrics are offered") { await scrapes() }
      await rig.supervisor.stop()
      let other = Daemon(log: rig.folder + "/other.log")
      let listen = "import socket,signal; s=socket.create_server(('127.0.0.1',\(port))); signal.pause()"
      try other.start(["/usr/sbin/ip", "netns", "exec", rig.namespace, "/usr/bin/python3", "-c", listen])
      try await eventually("the port is taken") {
        await rig.inNetwork("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/\(port)").status == 0
      }
      try await rig.startSupervisor()
      try await eventually("the doctor says it") {
        let check = await rig.doctor()["metrics.listen"]
        return check?.level == "warn" && check?.found.contains("another process listens there") == true
          && check?.fix.contains("ss -ltnp 'sport = \(port)'") == true
      }
      let words = "cannot offer metrics at http://127.0.0.1:\(port)/metrics"
      #expect(await rig.ok("events").contains(words))
      #expect(await rig.ok("status").contains("This host: \(words): another process listens there; end that one"))
      #expect(await rig.ok("status", "-o", "json").contains("another process listens there"))
      // As the remedy says.
      await other.stop()
      try await eventually("metrics are offered again") { await scrapes() }
      try await eventually("that is noted") { await rig.doctor()["metrics.listen"] == nil }
      #expect(await rig.ok("events").contains("metrics are offered at"))
      #expect(await !rig.ok("status").contains("This host"))
    }
  }

  @Test func aRemovedSocketOfTheMetricsIsMadeAgain() async throws {
    try await Rig.run { rig in
      let path = rig.folder + "/run/metrics.sock"
      func scrapes() async -> Bool {
        await GuestTests.MetricsAttackTests.scrape(path)?.contains("procurator_build_info") == true
      }
      try await rig.restart(with: "MetricsListen=unix:\(path)")
      try await eventually("metrics are offered") { await scrapes() }
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web"))
      for _ in 0..<2 {
        unlink(path)
        try await eventually("they are offered again") { await scrapes() }
      }
      #expect(await rig.ok("events").contains("cannot offer metrics at unix:\(path)"))
      try await eventually("that is an event") {
        await rig.ok("events").contains("metrics are offered at unix:\(path)")
      }
      #expect(await !rig.ok("status").contains("This host"))

      // Somebody else's file is not touched, and said until it has gone.
      unlink(path)
      try Files.replace(path, with: [])
      try await eventually("status says it") {
        await rig.ok("status").contains(
          "This host: cannot offer metrics at unix:\(path): somebody else's file is where")
      }
      #expect(await rig.doctor()["metrics.listen"]?.fix.contains("rm \(path)") == true)
      let explained = await rig.explain("web")
      #expect(explained.reasons(in: "supervisor").first?.weight == "note", "\(explained)")
      #expect(explained.reasons(in: "supervisor").first?.cause.contains("somebody else's file") == true)
      // As the remedy says.
      unlink(path)
      try await eventually("they are offered again") { await scrapes() }
      try await eventually("nothing is said any more") { await !rig.ok("status").contains("This host") }
      #expect(await rig.explain("web").reasons(in: "supervisor").isEmpty)
      // An end of its own takes the file along.
      await rig.supervisor.stop()
      #expect(!Files.exists(path))
      try await rig.startSupervisor()
    }
  }

  @Test func aRemovedSocketOfAScreenIsMadeAgain() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web", extra: "display: vnc"))
      let path = await rig.ok("vnc", "web").trimmingCharacters(in: .newlines)
      unlink(path)
      try await eventually("it is there again") { (try? UnixSocket.connect(path, .stream)) != nil }
      #expect(await rig.ok("events", "web").contains("the socket of its screen was removed, and made again"))
    }
  }

  @Test func aRemovedSocketOfTheSupervisorIsMadeAgain() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web"))
      let pid = await rig.status("web").pid
      let path = rig.folder + "/run/vmsupervisor.sock"
      for _ in 0..<2 {
        unlink(path)
        try await eventually("it is there again") { await rig.cli("status").status == 0 }
      }
      #expect(await rig.status("web").pid == pid)
      let events = await rig.ok("events")
      #expect(events.contains("somebody has removed its socket") && events.contains("\(path) was made again"))

      // Somebody else's file is not touched, and said.
      unlink(path)
      try Files.replace(path, with: [])
      try await eventually("the log says it") {
        (try? Files.readText(rig.supervisor.log))?.contains("somebody else's file is where the socket") == true
      }
      let refused = await rig.cli("status")
      #expect(refused.status == 69 && refused.error.contains("rm \(path)"), "\(refused.error)")
      // From outside too.
      let config = rig.folder + "/supervisor.conf"
      for command in ["doctor", "explain"] {
        let words = [command] + (command == "explain" ? ["web"] : []) + ["--config", config]
        let said = await Command.run(
          rig.bin + "/vmsupervisor", words, environment: ["PROCURATOR_SOCKET": path])
        #expect(said.output.contains("somebody else's file is where") && said.output.contains("rm \(path)"), "\(said)")
        #expect(!said.output.contains("does not run"), "\(said.output)")
      }
      // As the remedy says.
      unlink(path)
      try await eventually("it is there again") { await rig.cli("status").status == 0 }
      #expect(await rig.doctor()["socket"] == nil)
      let all = await rig.ok("events")
      #expect(all.contains("somebody else's file is where the socket"), "\(all)")
    }
  }

  @Test func aRemovedReadOnlySocketIsMadeAgain() async throws {
    try await Rig.run { rig in
      try await rig.openReading()
      let path = rig.readingSocket
      func answers() async -> Bool { await rig.reader(["status"]).status == 0 }
      try await eventually("readers are let in") { await answers() }
      for _ in 0..<2 {
        unlink(path)
        try await eventually("they are let in again") { await answers() }
      }
      #expect(await rig.ok("events").contains("the socket \(path) was made again"))
      // Somebody else's file is not touched, and said to operators.
      unlink(path)
      try Files.replace(path, with: [])
      try await eventually("the doctor says it") {
        await rig.doctor()["socket.read"]?.fix.contains("rm \(path)") == true
      }
      #expect(await rig.ok("status").contains("This host: cannot serve \(path): somebody else's file is where"))
      let refused = await rig.reader(["status"])
      #expect(refused.status == 69 && refused.error.contains("rm \(path)"), "\(refused.error)")
      // As the remedy says.
      unlink(path)
      try await eventually("they are let in again") { await answers() }
      try await eventually("nothing is said any more") { await rig.doctor()["socket.read"] == nil }
      #expect(await rig.ok("events").contains("somebody else's file is where the socket"))
    }
  }

  @Test func aRemovedSocketOfNetdIsSaid() async throws {
    try await Rig.run { rig in
      let path = rig.folder + "/netd.sock"
      unlink(path)
      try await eventually("the doctor says it") {
        let check = await rig.doctor()["netd.socket"]
        return check?.level == "warn" && check?.found.contains("nobody else gets one") == true
          && check?.fix == ServiceRemedy(.netd).socket
      }
      #expect(await rig.ok("events").contains("somebody has removed its socket"))
      #expect(
        await rig.ok("status").contains("This host: cannot reach netd at \(path): somebody has removed its socket"))
      // What is no socket is as good as none.
      try Files.replace(path, with: [])
      try await eventually("the doctor says that") {
        await rig.doctor()["netd.socket"]?.found.contains("a file that is no socket is in its place") == true
      }
      // As the remedy says.
      unlink(path)
      await rig.netd.stop()
      try await rig.startNetd()
      try await eventually("all is well") { await rig.doctor()["netd.socket"] == nil }
      try await eventually("that is an event") {
        await rig.ok("events").contains("netd's socket \(path) is there again")
      }
    }
  }

  @Test func aSupervisorElsewhereSaysSo() async throws {
    try await Rig.run { rig in
      await rig.supervisor.stop()
      let own = [
        "/usr/bin/unshare", "--net", "/usr/bin/setpriv", "--reuid", Rig.user, "--regid", Rig.group, "--clear-groups",
        rig.bin + "/vmsupervisor", "daemon", "--config", rig.folder + "/supervisor.conf",
      ]
      try rig.supervisor.start(own)
      try await eventually("the supervisor answers") { await rig.cli("status").status == 0 }
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web", extra: "nics: [{}]"))
      try await eventually("the doctor says it") {
        let checks = await rig.doctor()
        return checks["namespace"]?.level == "warn" && checks["dns"]?.level == "unused"
      }
      try await eventually("an event says it") {
        await rig.ok("events").contains("in another network namespace than netd")
      }
      // What nobody can count is not 0.
      let top = await rig.ok("top", "--once", "--output", "json")
      #expect(top.contains("\"web\"") && !top.contains("network_receive_bytes"), "\(top)")
      // As the remedy says.
      await rig.supervisor.stop()
      try await rig.startSupervisor()
      try await eventually("all is well") { await rig.doctor()["namespace"] == nil }
      try await eventually("it is counted") {
        await rig.ok("top", "--once", "--output", "json").contains("network_receive_bytes")
      }
    }
  }
}
