import Foundation
import Glibc
import IPCPeer
import Linux
import Testing

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
      #expect(await rig.ok("events").contains("cannot offer metrics at http://127.0.0.1:\(port)/metrics"))
      // As the remedy says.
      await other.stop()
      try await eventually("metrics are offered again") { await scrapes() }
      #expect(await rig.doctor()["metrics.listen"] == nil)
      #expect(await rig.ok("events").contains("metrics are offered at"))
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
      #expect(await rig.cli("status").status == 69)
      // As the remedy says.
      unlink(path)
      try await eventually("it is there again") { await rig.cli("status").status == 0 }
      #expect(await rig.doctor()["socket"] == nil)
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
      // As the remedy says.
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
