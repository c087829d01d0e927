import Foundation
import Glibc
import IPC
import IPCPeer
import Linux
import Testing

@testable import vmsupervisor

/// Names and addresses of guests, broken in every way: said by the host's doctor, by the VM's status, by an event; and well
/// again after the remedy.
@Suite(.serialized) struct BrokenNamesTests {
  /// A netdns of the rig's own, with its dnsmasqs.
  private struct Netdns {
    let rig: Rig
    let daemon: Daemon
    private let words: [String]

    /// Not the supervisor's, for netd gives the user of names no ports; of the group of netd's socket (base-passwd).
    static let user = "sync"

    init(_ rig: Rig) throws {
      self.rig = rig
      daemon = Daemon(log: rig.folder + "/netdns.log")
      let program = ["/usr/sbin/ip", "netns", "exec", rig.namespace, rig.bin + "/netdns"]
      words = program + ["--config", rig.folder + "/netdns.conf"]
      try rig.write(
        "netdns.conf",
        """
        [Netdns]
        Socket=\(rig.folder)/netd.sock
        Listen=\(rig.folder)/netdns.sock
        ListenGroup=\(Rig.group)
        RuntimeFolder=\(rig.folder)/dns
        User=\(Self.user)
        Upstream=192.0.2.53

        """)
    }

    func start() throws { try daemon.start(words) }

    /// Whether it takes connections at this moment.
    var isListening: Bool { (try? UnixSocket.connect(rig.folder + "/netdns.sock", .packets)) != nil }

    /// Processes whose command line names a configuration of ours.
    var dnsmasqs: [Int32] {
      ((try? Files.names(in: "/proc")) ?? []).compactMap { Int32($0) }.filter { pid in
        (try? Files.readText("/proc/\(pid)/cmdline"))?.contains("--conf-file=\(rig.folder)/dns/") == true
      }
    }

    /// Ends all of it.
    func end() async {
      await daemon.stop()
      let result = await Command.run(words[0], Array(words.dropFirst()) + ["--stop"])
      #expect(result.status == 0, "\(result.error)")
      #expect(dnsmasqs.isEmpty)
    }
  }

  private static func run(_ body: (Rig, Netdns) async throws -> Void) async throws {
    try await Rig.run { rig in
      await rig.netd.stop()
      let config = try Files.readText(rig.folder + "/netd.conf")
      try rig.write(
        "netd.conf", config.replacing("Spare=2", with: "Spare=2\nNamesUser=\(Netdns.user)"))
      try await rig.startNetd()
      // netd lets nobody configure a socket for everybody; its test has two users without a group of their own.
      chmod(rig.folder + "/netd.sock", 0o666)
      let netdns = try Netdns(rig)
      do {
        try netdns.start()
        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web", extra: "nics: [{}]"))
        try await isWell(rig)
        try await body(rig, netdns)
      } catch {
        print((try? Files.readText(netdns.daemon.log)) ?? "")
        await netdns.end()
        throw error
      }
      await netdns.end()
      // A netd that was started after the last netdns has ended misses none.
      await rig.netd.stop()
      try await rig.startNetd()
    }
  }

  private static func isWell(_ rig: Rig, location: SourceLocation = #_sourceLocation) async throws {
    try await eventually("names are served", location: location) {
      let check = await rig.doctor()["dns"]
      return check?.level == "ok" && check?.found.contains("answers at 1 gateways") == true
    }
    try await eventually("explain is content", location: location) {
      await rig.explain("web").reasons(in: "network").isEmpty
    }
    try await eventually("status is content", location: location) {
      await !warnings(rig).contains { $0.hasPrefix("network: ") }
    }
  }

  private static func warnings(_ rig: Rig) async -> [String] {
    await rig.status("web").warnings
  }

  /// Everybody says it: doctor, explain, status, and the log of events.
  private static func isSaid(_ rig: Rig, _ words: String, location: SourceLocation = #_sourceLocation) async throws {
    try await eventually("the doctor says it: \(words)", location: location) {
      await rig.doctor().contains { name, check in
        name.hasPrefix("dns") && check.level == "fail" && check.found.contains(words) && !check.fix.isEmpty
      }
    }
    try await eventually("explain says it: \(words)", location: location) {
      await rig.explain("web").reasons(in: "network").contains { $0.cause.contains(words) && !$0.remedy.isEmpty }
    }
    try await eventually("status says it: \(words)", location: location) {
      await warnings(rig).contains { $0.contains(words) }
    }
    try await eventually("an event says it: \(words)", location: location) { await rig.ok("events").contains(words) }
  }

  @Test func netdnsThatEndedIsMissed() async throws {
    try await Self.run { rig, netdns in
      await netdns.daemon.kill9()
      try await Self.isSaid(rig, "netdns has ended")
      #expect(await rig.cli("audit").output.contains("netdns"))
      // As the remedy says.
      try netdns.start()
      try await Self.isWell(rig)
      try await eventually("that is an event") { await rig.ok("events").contains("netdns is there again") }
      #expect(await !rig.cli("audit").output.contains("netdns"))
    }
  }

  @Test func aDeadDnsmasqIsMissedThoughAForeignOneRuns() async throws {
    try await Self.run { rig, netdns in
      await netdns.daemon.kill9()
      for pid in netdns.dnsmasqs { kill(pid, SIGKILL) }
      // Somebody else's, elsewhere on this host.
      let foreign = Daemon(log: rig.folder + "/foreign.log")
      let options = ["--keep-in-foreground", "--bind-interfaces", "--no-resolv", "--conf-file=/dev/null", "--pid-file"]
      let program = ["/usr/sbin/ip", "netns", "exec", rig.namespace, "/usr/sbin/dnsmasq"]
      try foreign.start(program + options + ["--listen-address=127.0.0.1"])
      try await Self.isSaid(rig, "no name server listens at 10.100.0.1 port 53")
      let audit = await rig.cli("audit")
      #expect(audit.status != 0 && audit.output.contains("no name server listens at 10.100.0.1 port 53"), "\(audit)")
      await foreign.stop()
      // And at the gateway itself.
      try foreign.start(program + options + ["--listen-address=10.100.0.1"])
      try await Self.isSaid(rig, "what answers at 10.100.0.1 port 53 is not the dnsmasq of netdns")
      await foreign.stop()
      try netdns.start()
      try await Self.isWell(rig)
      try await eventually("that is an event") {
        await rig.ok("events").contains("names of network default are served again")
      }
    }
  }

  @Test func eachNameLeadsToItsVM() async throws {
    try await Self.run { rig, netdns in
      func nic(_ network: String = "default") -> String { "nics: [{network: \(network)}]" }
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web_1", extra: nic()))
      for name in ["web-1", "WEB.1"] {
        let refused = await rig.cli("create", "-f", "-", input: rig.bareSpec(name, extra: nic()))
        #expect(refused.status == 1, "\(refused.error)")
        #expect(refused.error.contains("its name in DNS, web-1.default.internal, is that of the VM web_1"))
        #expect(await rig.cli("status", name).status == 4, "a refusal leaves nothing")
      }
      let wpad = await rig.cli("create", "-f", "-", input: rig.bareSpec("wpad", extra: nic()))
      #expect(wpad.status == 64 || wpad.status == 1)
      #expect(wpad.error.contains("wpad.default.internal") && wpad.error.contains("choose a name other than"))
      // In another network, or without one, it is nobody else's.
      await rig.ok("create", "-f", "-", input: rig.bareSpec("Web.1", extra: nic("second")))
      await rig.ok("create", "-f", "-", input: rig.bareSpec("web-1"))
      let card = await rig.cli("nic", "attach", "web-1", "--network", "default")
      #expect(card.status == 1 && card.error.contains("is that of the VM web_1"), "\(card.error)")

      // A record of an earlier release that has the name too.
      await rig.ok("create", "-f", "-", input: rig.bareSpec("web-2", extra: nic()))
      let id = await rig.status("web-2").id
      await rig.supervisor.stop()
      let record = "\(rig.folder)/lib/vms/\(id)/vm.json"
      let text = try Files.readText(record)
      // Made in the same second otherwise, perhaps: then nobody knows who was first.
      let later = text.replacing("web-2", with: "WEB-1").replacing(#/"createdAt" : "20/#, with: #""createdAt" : "21"#)
      try Files.replace(record, with: Array(later.utf8))
      try Command.must("/usr/bin/chown", "\(Rig.user):\(Rig.group)", record)
      try await rig.startSupervisor()
      await rig.ok("start", "WEB-1")
      let served = ["web-1": await rig.status("web_1").address]
      try await eventually("the first has it") { try Self.names(rig) == served }
      // netdns and netd are started again, the supervisor is away: what it has said holds.
      await rig.supervisor.stop()
      await netdns.daemon.kill9()
      await rig.netd.kill9()
      try await rig.startNetd()
      chmod(rig.folder + "/netd.sock", 0o666)
      try netdns.start()
      try await eventually("netdns listens again") { netdns.isListening }
      #expect(try Self.names(rig) == served)
      try await rig.startSupervisor()
      let reason = try #require(await rig.explain("WEB-1").reasons(in: "network").first)
      #expect(reason.cause.hasPrefix("it has no name in DNS: ") && reason.cause.contains("web_1"), "\(reason)")
      try await eventually("status says it") {
        await rig.status("WEB-1").warnings.contains {
          $0.contains("it has no name in DNS")
        }
      }
      #expect(await rig.explain("web_1").reasons(in: "network").isEmpty)
      // As the remedy says.
      await rig.ok("delete", "WEB-1", "--force")
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web-3", extra: nic()))
      try await eventually("web-3 has its name") { Set(try Self.names(rig).keys) == ["web-1", "web-3"] }
    }
  }

  /// What the dnsmasq of the first network reads, but the VM that every test has.
  private static func names(_ rig: Rig) throws -> [String: String] {
    let lines = try Files.readText(rig.folder + "/dns/names/default/names").split(separator: "\n")
    let pairs = lines.map { $0.split(separator: " ").map(String.init) }.filter { $0.count == 2 }
    let all = Dictionary(pairs.map { (String($0[1].prefix { $0 != "." }), $0[0]) }) { first, _ in first }
    return all.filter { $0.key != "web" }
  }

  @Test func aDnsmasqThatHangsIsMissed() async throws {
    try await Self.run { rig, netdns in
      let hanging = netdns.dnsmasqs
      for pid in hanging { kill(pid, SIGSTOP) }
      try await Self.isSaid(rig, "no name server answers at 10.100.0.1 port 53")
      let audit = await rig.cli("audit")
      #expect(audit.status != 0 && audit.output.contains("no name server answers at 10.100.0.1 port 53"), "\(audit)")
      // As the remedy says.
      for pid in hanging { kill(pid, SIGKILL) }
      try await Self.isWell(rig)
      #expect(await rig.cli("audit").status == 0)
    }
  }

  @Test func netdnsWhoseConfigurationIsWrongIsMissed() async throws {
    try await Self.run { rig, netdns in
      let path = rig.folder + "/netdns.conf"
      let whole = try Files.readText(path)
      await netdns.daemon.stop()
      try rig.write("netdns.conf", whole + "Upstreem=192.0.2.54\n")
      try netdns.start()
      try await eventually("it has ended") { !netdns.daemon.isAlive }
      // Where its log is stands in the remedy, and what it says there leads to the line.
      try await Self.isSaid(rig, "netdns has ended")
      #expect(await rig.doctor()["dns"]?.fix.contains("see its log") == true)
      let line = whole.split(separator: "\n", omittingEmptySubsequences: false).count
      let log = try Files.readText(netdns.daemon.log)
      #expect(log.contains("\(path):\(line): Upstreem=") && log.contains("Upstream="), "\(log)")
      try rig.write("netdns.conf", whole)
      try netdns.start()
      try await Self.isWell(rig)
    }
  }
}
