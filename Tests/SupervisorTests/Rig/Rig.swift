import Foundation
import IPC
import IPCPeer
import Linux
import Testing

@testable import vmsupervisor

/// A host of its own: a network namespace, netd as root in it, a supervisor without any right, one folder.
///
/// `Rig.run` makes it, runs a test in it, and at the end finds nothing left over: no VM, port, process, socket or file.
final class Rig: Sendable {
  let folder: String
  let namespace: String
  let bin: String
  let guest: String
  let netd: Daemon
  let supervisor: Daemon
  /// The supervisor's own group of cgroup v2, for tests that want one.
  let group: DelegatedGroup?

  /// The unprivileged user of the supervisor.
  static let user = "nobody"
  static let group = "nogroup"
  /// Short, so that tests of reclaiming do not wait long.
  static let grace = "300ms"

  /// Tests start more than two processors may be promised, unless that is what they are about.
  static let generous = ["OvercommitCPU=1000", "OvercommitMemory=1000"]

  private static let checkout =
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized.path
  /// Where programs lie that speak with a supervisor as others' clients do.
  static let peers = checkout + "/Tests/Peers"
  /// Python with the libraries that these need.
  static let python =
    (ProcessInfo.processInfo.environment["PROCURATOR_PEERS"].flatMap { $0.isEmpty ? nil : $0 } ?? checkout
      + "/.build-peers")
    + "/bin/python3"
  static let schemas = checkout + "/proto"
  /// The pages for users.
  static let pages = checkout + "/docs"
  /// Where the programs lie that are tested.
  static let programs = ProcessInfo.processInfo.environment["PROCURATOR_BIN"] ?? checkout + "/.build/debug"

  private init(concurrentStarts: Int, settings: [String], grouped: Bool) throws {
    bin = Self.programs
    guest = ProcessInfo.processInfo.environment["PROCURATOR_GUEST"] ?? Self.checkout + "/.build-guest"
    let name = "pcrt\(UInt32.random(in: 0 ... .max))"
    namespace = name
    group = grouped ? try DelegatedGroup(name) : nil
    folder = "/tmp/" + name
    netd = Daemon(log: folder + "/netd.log")
    supervisor = Daemon(log: folder + "/supervisor.log")
    try Files.makeFolders(folder, mode: 0o755)
    chmod(folder, 0o755)
    for sub in ["lib", "run", "images"] {
      try Files.makeFolders(folder + "/" + sub)
      try Command.must("/usr/bin/chown", "\(Self.user):\(Self.group)", folder + "/" + sub)
    }
    for file in ["vmlinuz", "initrd.gz"] {
      let content = try Files.read(guest + "/" + file, limit: 1 << 26)
      try Files.replace(image(file), with: content, mode: 0o644, durable: false)
    }
    try write(
      "netd.conf",
      """
      [Netd]
      Socket=\(folder)/netd.sock
      SocketGroup=\(Self.group)
      Grace=\(Self.grace)
      Spare=2
      Devices=kvm vhost-net vhost-vsock
      FixedForwardPorts=8000-8099
      [Network default]
      Subnet=10.100.0.0/16
      Shards=2
      [Network second]
      Subnet=10.101.0.0/16
      Bridge=br-second
      TapPrefix=pcs
      Shards=1
      IPv6=yes

      """)
    try write(
      "supervisor.conf",
      """
      [Supervisor]
      StateDirectory=\(folder)/lib
      RuntimeDirectory=\(folder)/run
      NetdSocket=\(folder)/netd.sock
      NetdnsSocket=\(folder)/netdns.sock
      Launcher=\(bin)/vmlaunch
      ConcurrentStarts=\(concurrentStarts)
      \(settings.joined(separator: "\n"))

      """)
    try Command.must("/usr/sbin/ip", "netns", "add", namespace)
    try Command.must("/usr/sbin/ip", "-n", namespace, "link", "set", "lo", "up")
  }

  func image(_ name: String) -> String { folder + "/images/" + name }

  func write(_ name: String, _ text: String) throws {
    try Files.replace(folder + "/" + name, with: Array(text.utf8), mode: 0o644)
    chmod(folder + "/" + name, 0o644)
  }

  /// Runs `body` on a fresh host when it is its turn, then takes the host down and audits it, and prints how long that took.
  ///
  /// - Parameters:
  ///   - settings: further lines for the supervisor's configuration.
  ///   - grouped: gives the supervisor a control group of its own, with the controllers that this host has for it.
  static func run(
    concurrentStarts: Int = 4, settings: [String] = generous, grouped: Bool = false,
    _ body: (Rig) async throws -> Void
  ) async throws {
    try #require(geteuid() == 0, "these tests make network namespaces and need root: sudo make test")
    await Turns.hosts.take()
    let began = ContinuousClock.now
    do {
      try await onFreshHost(concurrentStarts, settings, grouped, body)
    } catch {
      await Turns.hosts.pass()
      throw error
    }
    await Turns.hosts.pass()
    let seconds = Double((ContinuousClock.now - began).milliseconds) / 1000
    if let test = Test.current { print("took \(seconds) s: \(test.sourceLocation.fileName) \(test.name)") }
  }

  private static func onFreshHost(
    _ concurrentStarts: Int, _ settings: [String], _ grouped: Bool, _ body: (Rig) async throws -> Void
  ) async throws {
    let rig = try Rig(concurrentStarts: concurrentStarts, settings: settings, grouped: grouped)
    do {
      try await rig.startNetd()
      try await rig.startSupervisor()
      try await body(rig)
      try await rig.audit()
    } catch {
      rig.showLogs()
      await rig.takeDown()
      throw error
    }
    await rig.takeDown()
    try rig.auditHost()
  }

  // MARK: daemons

  func startNetd() async throws {
    try netd.start(["/usr/sbin/ip", "netns", "exec", namespace, bin + "/netd", "--config", folder + "/netd.conf"])
    try await eventually("netd answers", within: 60) { netd.isAlive && netdAnswers }
  }

  /// Whether somebody greets at its socket: a file is there before anybody listens, and after a crash.
  private var netdAnswers: Bool {
    guard var connection = try? Connection.open(folder + "/netd.sock", peer: "netd") else { return false }
    return (try? connection.call(Hello(client: "test"))) != nil
  }

  func startSupervisor() async throws {
    try executeSupervisor()
    try await eventually("the supervisor answers") { await cli("status").status == 0 }
  }

  /// The same without waiting for it.
  func executeSupervisor() throws {
    let own = [
      "/usr/bin/setpriv", "--reuid", Self.user, "--regid", Self.group, "--clear-groups", bin + "/vmsupervisor",
      "daemon", "--config", folder + "/supervisor.conf",
    ]
    // Its listener for metrics is in the namespace too.
    if let group {
      // `ip netns exec` would hide the control groups under a fresh /sys.
      try supervisor.start(group.entering(["/usr/bin/nsenter", "--net=/run/netns/" + namespace] + own))
    } else {
      try supervisor.start(["/usr/sbin/ip", "netns", "exec", namespace] + own)
    }
  }

  /// Runs the command line as root against this host's supervisor.
  func cli(_ words: String..., input: String? = nil) async -> Command.Result {
    await Command.run(
      bin + "/vmsupervisor", words, environment: ["PROCURATOR_SOCKET": folder + "/run/vmsupervisor.sock"], input: input)
  }

  /// The same for what has to succeed.
  @discardableResult
  func ok(_ words: String..., input: String? = nil, location: SourceLocation = #_sourceLocation) async -> String {
    let result = await Command.run(
      bin + "/vmsupervisor", words, environment: ["PROCURATOR_SOCKET": folder + "/run/vmsupervisor.sock"], input: input)
    #expect(result.status == 0, "\(words.joined(separator: " ")): \(result.error)", sourceLocation: location)
    return result.output
  }

  func inNetwork(_ words: String...) async -> Command.Result {
    await Command.run("/usr/sbin/ip", ["netns", "exec", namespace] + words)
  }

  private func showLogs() {
    for log in [netd.log, supervisor.log] {
      print("---- \(log)\n\((try? Files.readText(log)) ?? "")")
    }
  }

  // MARK: end

  /// Everything is deleted; then nothing may be left, by our own account and by the kernel's.
  private func audit() async throws {
    if !netd.isAlive { try await startNetd() }
    if !supervisor.isAlive { try await startSupervisor() }
    for name in await ok("status", "--output", "name").split(separator: "\n") {
      await ok("delete", String(name), "--force")
    }
    try await eventually("the audit is clean") {
      let audit = await cli("audit", "--output", "json")
      guard audit.status == 0,
        let found = try? JSONSerialization.jsonObject(with: Data(audit.output.utf8)) as? [String: Any]
      else { return false }
      return ["used", "idle", "releasing", "records", "hypervisor_processes"].allSatisfy {
        Self.number($0, in: found) == 0
      }
    }
    for place in ["lib/vms", "lib/broken", "run/vms"] {
      #expect(try Files.names(in: folder + "/" + place).isEmpty, "left in \(place)")
    }
  }

  /// The value of `key` wherever it stands.
  private static func number(_ key: String, in value: Any) -> Int? {
    if let object = value as? [String: Any] {
      if let number = object[key] as? Int { return number }
      for inner in object.values { if let number = number(key, in: inner) { return number } }
    }
    return nil
  }

  private func takeDown() async {
    await supervisor.stop()
    await netd.stop()
    for process in Self.processes(under: folder) { kill(process, SIGKILL) }
    _ = await Command.run("/usr/sbin/ip", ["netns", "del", namespace])
    await group?.remove()
  }

  private func auditHost() throws {
    #expect(Self.processes(under: folder).isEmpty, "processes are left")
    #expect(!FileManager.default.fileExists(atPath: "/run/netns/" + namespace))
    #expect(!FileManager.default.fileExists(atPath: folder + "/netd.sock"), "netd leaves its socket")
    try Files.removeFolder(folder)
  }

  /// Living processes that have a file below `folder` open.
  static func processes(under folder: String) -> [Int32] {
    let all = (try? Files.names(in: "/proc"))?.compactMap { Int32($0) } ?? []
    return all.filter { pid in
      guard pid != getpid(), ProcessFacts(pid: pid).map({ $0.state != "Z" }) == true else { return false }
      let numbers = (try? Files.names(in: "/proc/\(pid)/fd")) ?? []
      return numbers.contains { number in
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\(number)")
        return target?.hasPrefix(folder + "/") == true
      }
    }
  }
}

/// Waits until `condition` holds, looking every few milliseconds. It rests twice as long as a look took: most are a command, and
/// those who are waited for need the processors.
func eventually(
  _ what: String, within seconds: Double = 60, location: SourceLocation = #_sourceLocation,
  _ condition: () async throws -> Bool
) async throws {
  let end = ContinuousClock.now + .seconds(seconds)
  while ContinuousClock.now < end {
    let began = ContinuousClock.now
    if try await condition() { return }
    try await Task.sleep(for: max(.milliseconds(20), (ContinuousClock.now - began) * 2))
  }
  throw Timeout(what: what, location: location)
}

struct Timeout: Error, CustomStringConvertible {
  let what: String
  let location: SourceLocation
  var description: String { "not in time: \(what) (\(location))" }
}
