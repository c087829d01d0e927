import CLinux
import Failure
import Foundation
import Glibc
import IPC
import Linux
import Synchronization
import Testing

/// Tests with real dnsmasqs in network namespaces of their own, one after the other.
@Suite(.serialized, .enabled(if: geteuid() == 0, "needs root: it makes network namespaces"))
struct RealDnsmasq {}

/// A host of its own: bridges, netdns as root to begin with, and a stand-in for netd.
final class Host {
  let folder: String
  private(set) var standIn: StandIn
  private var netdns: ProcessHandle?
  /// Others that end with the test: the internet's resolver, a real netd.
  private var others: [Process] = []

  private final class Process {
    let handle: ProcessHandle
    init(_ handle: consuming ProcessHandle) { self.handle = handle }
  }

  /// The unprivileged user that netdns becomes.
  static let user = "nobody"
  static let linger = "1500ms"
  var runtime: String { folder + "/run" }
  var socket: String { folder + "/netd.sock" }
  /// Where netdns listens.
  var names: String { folder + "/names.sock" }
  var log: String { (try? Files.readText(folder + "/log", limit: 1 << 24)) ?? "" }
  var pid: Int32 {
    switch netdns {
    case .some(let handle): handle.pid
    case .none: 0
    }
  }

  static var bin: String {
    if let folder = ProcessInfo.processInfo.environment["PROCURATOR_BIN"] { return folder }
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return (own as NSString).deletingLastPathComponent
  }

  /// Two networks; the first one has two shards, the second one leads nowhere.
  static var model: Model {
    var model = Model()
    model.shards = [
      Shards.Entry("default", 0, bridge: "br0", gateway: "10.100.0.1", hosts: 2...40),
      Shards.Entry("default", 1, bridge: "br0-1", gateway: "10.100.1.1", hosts: 2...40, mtu: 0),
      Shards.Entry("lab", 0, bridge: "br1", gateway: "10.101.0.1", hosts: 2...40, isRouted: false),
    ]
    model.names = [
      NameEntry("web", "default", 0, 17), NameEntry("db", "default", 1, 18), NameEntry("web", "lab", 0, 17),
    ]
    return model
  }

  /// Runs `body` on a fresh host, takes the host down and looks for what is left.
  static func run(_ model: Model = Host.model, settings: String = "", _ body: @escaping @Sendable (Host) throws -> Void)
    throws
  {
    try inNamespace {
      let host = try Host(model, settings)
      defer { host.cleanUp() }
      do {
        for shard in model.shards { try host.addBridge(shard) }
        try host.start()
        try body(host)
        try host.finish()
      } catch {
        print("---- \(host.folder)\n\(host.log)")
        throw error
      }
    }
  }

  private init(_ model: Model, _ settings: String) throws {
    folder = "/tmp/netdns-test-" + UUID().uuidString.prefix(8)
    try Files.makeFolders(folder, mode: 0o755)
    chmod(folder, 0o755)
    standIn = try StandIn(folder + "/netd.sock", model, names: folder + "/names.sock")
    try configure(settings)
    try ip("link", "set", "lo", "up")
  }

  func configure(_ settings: String) throws {
    let text = """
      [Netdns]
      Socket=\(folder)/netd.sock
      Listen=\(folder)/names.sock
      ListenGroup=nogroup
      RuntimeFolder=\(runtime)
      User=\(Self.user)
      Upstream=9.9.9.53
      Linger=\(Self.linger)
      \(settings)

      """
    try Files.replace(folder + "/netdns.conf", with: Array(text.utf8), mode: 0o644)
  }

  func addBridge(_ shard: Shards.Entry) throws {
    try ip("link", "add", shard.bridge, "type", "bridge")
    try ip("addr", "add", IPv4.text(shard.gateway) + "/24", "dev", shard.bridge)
    if shard.high6 != 0 {
      let address = IPv6Address(high: shard.high6, low: 1).text
      try ip("addr", "add", address + "/64", "dev", shard.bridge, "nodad")
    }
    try ip("link", "set", shard.bridge, "up")
  }

  // MARK: Processes

  func start() throws { netdns = try spawn([Self.bin + "/netdns", "--config", folder + "/netdns.conf"]) }

  /// Ends netdns.
  @discardableResult
  func stop(_ signal: Int32 = SIGTERM) throws -> ProcessEnd? {
    guard let handle = netdns.take() else { return nil }
    try? handle.signal(signal)
    return try handle.reap(blocking: true)
  }

  /// Goes on with another netd at the same place.
  func replaceNetd(_ model: Model) throws {
    standIn.end()
    standIn = try StandIn(socket, model, names: names)
  }

  func keep(_ words: [String]) throws -> Int32 {
    let handle = try spawn(words)
    let pid = handle.pid
    others.append(Process(handle))
    return pid
  }

  func spawn(_ words: [String], output: String? = nil) throws -> ProcessHandle {
    let null = try Files.open("/dev/null", O_RDWR)
    let log = try Files.open(output ?? folder + "/log", O_WRONLY | O_CREAT | O_APPEND, mode: 0o644)
    return try ProcessHandle.spawn(
      words[0], arguments: words, environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
      descriptors: [(null.raw, 0), (log.raw, 1), (log.raw, 2)])
  }

  /// Runs a command to its end.
  @discardableResult
  func command(_ words: String...) throws -> String {
    let output = folder + "/output"
    unlink(output)
    let end = try spawn(words, output: output).reap(blocking: true)
    let text = try Files.readText(output)
    guard end == .exited(0) else {
      throw Failure(.system, operation: "run", object: words.joined(separator: " "), cause: text)
    }
    return text
  }

  func ip(_ words: String...) throws {
    let end = try spawn(["/usr/sbin/ip"] + words).reap(blocking: true)
    guard end == .exited(0) else { throw Failure(.system, operation: "run ip", object: "\(words)", cause: log) }
  }

  /// Processes whose command line names a configuration in the folder, by name of the instance.
  func instances() -> [String: Int32] {
    var found: [String: Int32] = [:]
    for (pid, words) in Self.processes(naming: folder) {
      guard words.count == 2, words[1].hasPrefix("--conf-file=\(runtime)/conf/"), getsid(pid) == pid else { continue }
      let stem = words[1].split(separator: "/").last?.split(separator: "-").dropLast().joined(separator: "-")
      found[stem ?? ""] = pid
    }
    return found
  }

  static func processes(naming folder: String) -> [(pid: Int32, words: [String])] {
    let all = ((try? Files.names(in: "/proc")) ?? []).compactMap { Int32($0) }
    return all.compactMap { pid in
      guard pid != getpid(), let line = try? Files.readText("/proc/\(pid)/cmdline"), line.contains(folder),
        ProcessFacts(pid: pid).map({ $0.state != "Z" }) == true
      else { return nil }
      return (pid, line.split(separator: "\0").map(String.init))
    }
  }

  /// Waits until just these instances run, and returns their pids.
  @discardableResult
  func expect(_ names: Set<String>) throws -> [String: Int32] {
    try wait("\(names.sorted()) run", seconds: 15) { Set(instances().keys) == names }
    return instances()
  }

  // MARK: The end

  /// Ends netdns, then all that it has started, and shows that nothing is left.
  private func finish() throws {
    if netdns != nil { #expect(try stop() == .exited(0)) }
    let end = try spawn([Self.bin + "/netdns", "--config", folder + "/netdns.conf", "--stop"]).reap(blocking: true)
    #expect(end == .exited(0), "\(log)")
    #expect(instances().isEmpty, "dnsmasqs are left")
    #expect(!Files.exists(runtime), "the runtime folder is left")
    try endOthers()
    #expect(Self.processes(naming: folder).map(\.words) == [])
  }

  private func endOthers() throws {
    for other in others {
      try? other.handle.signal(SIGTERM)
      _ = try other.handle.reap(blocking: true)
    }
    others = []
  }

  private func cleanUp() {
    standIn.end()
    _ = try? stop(SIGKILL)
    try? endOthers()
    for (pid, _) in Self.processes(naming: folder) { kill(pid, SIGKILL) }
    try? FileManager.default.removeItem(atPath: folder)
  }

  // MARK: Threads

  /// Runs `body` on a fresh thread whose network namespace is its own.
  static func inNamespace(_ body: @escaping @Sendable () throws -> Void) throws {
    let outcome = Outcome()
    let done = DispatchSemaphore(value: 0)
    Thread {
      let result = Result {
        try Errno.check(clinux_unshare_net())
        try body()
      }
      outcome.result.withLock { $0 = result }
      done.signal()
    }.start()
    done.wait()
    guard let result = outcome.result.withLock({ $0 }) else { throw Errno(EIO) }
    try result.get()
  }

  private final class Outcome: Sendable {
    let result = Mutex<Result<Void, any Error>?>(nil)
  }
}

/// Waits until `condition` holds, at most `seconds`.
func wait(_ what: String, seconds: Double = 10, _ condition: () throws -> Bool) throws {
  let end = Date().addingTimeInterval(seconds)
  while Date() < end {
    if try condition() { return }
    usleep(20_000)
  }
  throw Failure(.timeout, operation: "wait until \(what)", cause: "\(seconds) seconds have passed")
}
