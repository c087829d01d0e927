import Foundation
import Linux
import Testing

/// What the network lets guests do, tried from guests and at them.
extension GuestTests {
  /// An address of the host that is no gateway.
  private static let host = "192.0.2.1"

  /// What a web server answers at a port of the host; empty if nobody does.
  private static func fetch(_ rig: Rig, _ port: Int, _ host: String = host, path: String = "/word") async -> String {
    let script = """
      exec 3<>/dev/tcp/\(host)/\(port) || exit 1
      printf 'GET \(path) HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3
      """
    return await rig.inNetwork("timeout", "5", "bash", "-c", script).output
  }

  /// `--output json` of `network`, with the ports of the host by port of the guest.
  private static func hostPorts(_ rig: Rig, _ vm: String) async -> [Int: [Int]] {
    let text = await rig.ok("network", vm, "--output", "json")
    let whole = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
    let nic = whole?["nic"] as? [String: Any]
    var ports: [Int: [Int]] = [:]
    for forward in nic?["forwards"] as? [[String: Any]] ?? [] {
      ports[forward["guest_port"] as? Int ?? 0, default: []].append(forward["host_port"] as? Int ?? 0)
    }
    return ports
  }

  private static func serve(_ rig: Rig, _ vm: String, _ ports: Int...) async {
    for port in ports {
      let script = "mkdir -p /run/www; echo word-of-\(vm) >/run/www/word; httpd -p \(port) -h /run/www"
      await rig.ok("exec", vm, "--", "sh", "-c", script)
    }
  }

  @Test func forwardsLeadToAService() async throws {
    try await Rig.run { rig in
      try Command.must("/usr/sbin/ip", "-n", rig.namespace, "addr", "add", Self.host + "/32", "dev", "lo")
      await rig.boot(
        "web", extra: "nics: [{forwards: [{guest: 80, host: 8080}, {guest: 81}], bandwidth: {send: 10MiB}}]")
      await Self.serve(rig, "web", 80, 81)
      #expect(await Self.fetch(rig, 8080).contains("word-of-web"))
      let chosen = try #require(await Self.hostPorts(rig, "web")[81]?.first)
      #expect(chosen >= 20000)
      #expect(await Self.fetch(rig, chosen).contains("word-of-web"))
      #expect(await rig.ok("ports").contains("8080:80/tcp"))

      // Of a running VM, at once.
      await rig.ok("network", "web", "--unforward", "8080:80", "--forward", "8081:80")
      #expect(await Self.fetch(rig, 8081).contains("word-of-web"))
      #expect(await Self.fetch(rig, 8080).isEmpty)
      let taken = await rig.cli("network", "web", "--forward", "7000:80")
      #expect(taken.status == 5 && taken.error.contains("FixedForwardPorts"), "\(taken.error)")
      #expect(await Self.hostPorts(rig, "web") == [80: [8081], 81: [chosen]], "what was refused changes nothing")

      // A netd that was started again is told again, though nobody asks for anything.
      await rig.netd.kill9()
      try await rig.startNetd()
      try await eventually("the forwards are back") { await Self.fetch(rig, 8081).contains("word-of-web") }
      #expect(await Self.fetch(rig, chosen).contains("word-of-web"))

      // The next run has the same ports of the host, and what was changed is in its document.
      await rig.ok("kill", "web")
      await rig.ok("start", "web")
      await rig.ok("wait", "web", "--state", "agent", "--timeout", "90")
      #expect(await Self.hostPorts(rig, "web") == [80: [8081], 81: [chosen]])
      await Self.serve(rig, "web", 80, 81)
      #expect(await Self.fetch(rig, 8081).contains("word-of-web"))
      #expect(await Self.fetch(rig, chosen).contains("word-of-web"))
    }
  }

  @Test func aForwardThatCannotBeLeavesNothing() async throws {
    try await Rig.run { rig in
      func nic(_ port: Int) -> String { "nics: [{forwards: [{guest: 22, host: \(port)}]}]" }
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("first", extra: nic(8000)))
      let second = await rig.cli("create", "-f", "-", "--start", input: rig.bareSpec("second", extra: nic(8000)))
      #expect(second.status == 1 && second.error.contains("8000"), "\(second.error)")
      let outside = await rig.cli("create", "-f", "-", "--start", input: rig.bareSpec("second", extra: nic(22)))
      #expect(outside.status == 5 && outside.error.contains("FixedForwardPorts"), "\(outside.error)")
      #expect(await rig.cli("status", "second").status == 4)
      #expect(await rig.ok("ports", "--output", "name").split(separator: "\n").count == 1)

      // A port of a stopped VM is for others as soon as its document says so.
      await rig.ok("kill", "first")
      await rig.ok("network", "first", "--unforward", "22")
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("second", extra: nic(8000)))
    }
  }

  @Test func anIsolatedGuestReachesNobody() async throws {
    try await Rig.run { rig in
      try await withOutside(rig) {
        await rig.boot("peer")
        await rig.boot("alone", extra: "nics: [{allowedDomains: []}]")
        let peer = await rig.status("peer").address
        func reaches(_ address: String) async -> Bool {
          await rig.cli("exec", "alone", "--", "ping", "-c", "1", "-W", "1", address).status == 0
        }
        func isAlone() async -> Bool {
          let found = [await reaches(peer), await reaches("198.51.100.2")]
          return !found.contains(true)
        }
        #expect(await isAlone())
        #expect(await rig.ok("status", "alone").contains("isolated"))
        await rig.ok("network", "alone", "--open")
        // A guest that has just failed to find a neighbour takes a moment to look again.
        try await eventually("the peer answers") { await reaches(peer) }
        try await eventually("the world answers") { await reaches("198.51.100.2") }
        await rig.ok("network", "alone", "--isolate")
        #expect(await isAlone())

        // Whoever is started again, in whichever order.
        await rig.netd.kill9()
        try await rig.startNetd()
        #expect(await isAlone())
        await rig.supervisor.kill9()
        await rig.netd.kill9()
        try await rig.startNetd()
        try await rig.startSupervisor()
        #expect(await isAlone())

        await rig.ok("network", "alone", "--allow-address", "198.51.100.2")
        try await eventually("what is allowed answers") { await reaches("198.51.100.2") }
        #expect(await !reaches("198.51.100.3"))
        #expect(await !reaches(peer))
        #expect(await rig.ok("network", "alone").contains("only 198.51.100.2"))
      }
    }
  }

  /// Runs `body` while two addresses of another host are reachable from the rig's.
  private func withOutside(_ rig: Rig, _ body: () async throws -> Void) async throws {
    let outside = rig.namespace + "o"
    let ip = "/usr/sbin/ip"
    try Command.must(ip, "netns", "add", outside)
    do {
      try Command.must(
        ip, "-n", rig.namespace, "link", "add", "out", "type", "veth", "peer", "name", "in", "netns", outside)
      try Command.must(ip, "-n", rig.namespace, "addr", "add", "198.51.100.1/24", "dev", "out")
      try Command.must(ip, "-n", rig.namespace, "link", "set", "out", "up")
      for address in ["198.51.100.2/24", "198.51.100.3/24"] {
        try Command.must(ip, "-n", outside, "addr", "add", address, "dev", "in")
      }
      try Command.must(ip, "-n", outside, "link", "set", "in", "up")
      // A host that routes; netd itself only sees to its bridges.
      let routes = await rig.inNetwork("sysctl", "-qw", "net.ipv4.conf.out.forwarding=1")
      try #require(routes.status == 0, "\(routes.error)")
      try await body()
    } catch {
      _ = await Command.run(ip, ["netns", "del", outside])
      throw error
    }
    try Command.must(ip, "netns", "del", outside)
  }

  @Test func metricsAreScraped() async throws {
    try await Rig.run { rig in
      var netdns = try NamesStandIn(rig.folder + "/netdns.sock")
      defer { netdns.end() }
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("bare.one", extra: "nics: [{network: second}]"))
      var text = ""
      try await eventually("the port is counted") {
        text = await Self.fetch(rig, 9477, "127.0.0.1", path: "/metrics")
        return text.contains("procurator_netd_ports_used{network=\"second\",shard=\"0\"} 1\n")
      }
      #expect(text.hasPrefix("HTTP/1.") && text.contains(" 200 OK\r\n") && text.contains("text/plain; version=0.0.4"))
      #expect(text.contains("\nprocurator_netd_up 1\n") && text.contains("procurator_build_info{"))
      #expect(text.contains("procurator_netd_requests_total{verb=\"attach\",result=\"granted\"} 1\n"))
      #expect(await Self.fetch(rig, 9477, "127.0.0.1", path: "/").contains(" 404 "))

      // The port's name and IPv6 address, as the naming service and people see them.
      let table = await rig.ok("ports")
      #expect(table.contains("fd50:6372:") && table.contains("bare.one"), "\(table)")
      try await eventually("netdns knows the name") { netdns.names == ["bare-one"] }
      #expect(await rig.ok("audit", "--fix").contains("clean"))

      await rig.netd.kill9()
      try await eventually("netd is missed") {
        await Self.fetch(rig, 9477, "127.0.0.1", path: "/metrics").contains("\nprocurator_netd_up 0\n")
      }
      try await rig.startNetd()
      try await eventually("netd answers again") {
        await Self.fetch(rig, 9477, "127.0.0.1", path: "/metrics").contains("\nprocurator_netd_up 1\n")
      }
      // A netdns that was started again is told everything again.
      netdns.end()
      netdns = try NamesStandIn(rig.folder + "/netdns.sock")
      try await eventually("the name is back") { netdns.names == ["bare-one"] }
      await rig.ok("delete", "bare.one", "--force")
      try await eventually("the name is taken back") { netdns.names.isEmpty }
    }
  }
}
