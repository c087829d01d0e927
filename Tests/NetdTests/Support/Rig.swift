import CLinux
import Failure
import Foundation
import Glibc
import IPC
import IPCPeer
import Linux
import Netlink
import Synchronization
import Testing

/// Tests of netd itself, with real interfaces in namespaces of their own, one after the other.
@Suite(.serialized, .enabled(if: geteuid() == 0, "needs root: netd makes interfaces"))
struct RealNetd {}

/// netd for real, in a network namespace of its own that ends with the test.
final class Rig {
  let folder: String
  private(set) var netd: ProcessHandle
  private let notify: Descriptor
  private let notifyName: String
  /// Group that may connect besides root; no such group needs to exist.
  static let group: UInt32 = 64242

  var socket: String { folder + "/run/netd.sock" }
  var pid: Int32 { netd.pid }

  static let defaults = "Grace=300ms\nSpare=4\n"

  /// Where the built programs are.
  static var binary: String {
    if let folder = ProcessInfo.processInfo.environment["PROCURATOR_BIN"] { return folder + "/netd" }
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return (own as NSString).deletingLastPathComponent + "/netd"
  }

  /// Runs `body` on a fresh thread in a fresh network namespace with a running netd; then looks for leaks.
  static func run(netd: String = defaults, networks: String = "", _ body: @escaping @Sendable (Rig) throws -> Void)
    throws
  {
    try inNamespace { try here(netd: netd, networks: networks, body) }
  }

  /// The same in the namespace of this thread.
  /// - Parameter taps: TAPs that the test itself has open, which are not netd's.
  static func here(netd: String = defaults, networks: String = "", taps: Int = 0, _ body: (Rig) throws -> Void) throws {
    let rig = try Rig(netd: netd, networks: networks)
    do { try body(rig) } catch {
      rig.cleanUp()
      throw error
    }
    try rig.finish(taps: taps)
  }

  /// Runs a command in the network namespace of a process.
  static func inside(_ pid: Int32, _ words: String...) throws {
    let all = ["/usr/bin/nsenter", "--net=/proc/\(pid)/ns/net"] + words
    let process = try ProcessHandle.spawn(
      all[0], arguments: all, environment: ["PATH=/usr/sbin:/usr/bin"], descriptors: [(0, 0), (2, 1), (2, 2)])
    guard try process.reap(blocking: true) == .exited(0) else {
      throw Failure(.system, operation: "run \(words)", cause: "it failed")
    }
  }

  /// Runs `body` on a thread whose network namespace is its own.
  static func inNamespace(_ body: @escaping @Sendable () throws -> Void) throws {
    try onThread {
      try Errno.check(clinux_unshare_net())
      try body()
    }
  }

  /// Runs `body` on a fresh thread, where it may change what belongs to threads.
  static func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
    let outcome = Outcome<Value>()
    let done = DispatchSemaphore(value: 0)
    Thread {
      let result = Result(catching: body)
      outcome.result.withLock { $0 = result }
      done.signal()
    }.start()
    done.wait()
    guard let result = outcome.result.withLock({ $0 }) else { throw Errno(EIO) }
    return try result.get()
  }

  private final class Outcome<Value: Sendable>: Sendable {
    let result = Mutex<Result<Value, any Error>?>(nil)
  }

  private init(netd: String, networks: String) throws {
    folder = "/tmp/netd-test-" + UUID().uuidString.prefix(8)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    chmod(folder, 0o755)
    let text = "[Netd]\nSocket=\(folder)/run/netd.sock\nSocketGroup=\(Self.group)\n\(netd)\n\(networks)\n"
    try text.write(toFile: folder + "/netd.conf", atomically: true, encoding: .utf8)
    notifyName = "procurator-test-" + UUID().uuidString
    notify = try Self.notifySocket(notifyName)
    self.netd = try Self.spawn([Self.binary, "--config", folder + "/netd.conf"], ["NOTIFY_SOCKET=@" + notifyName])
    try expect("READY=1")
  }

  private static func spawn(_ words: [String], _ environment: [String]) throws -> ProcessHandle {
    let log = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { close(log) }
    let errors: Int32 = ProcessInfo.processInfo.environment["NETD_LOG"] == nil ? log : 2
    return try ProcessHandle.spawn(
      words[0], arguments: words, environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] + environment,
      descriptors: [(log, 0), (log, 1), (errors, 2)])
  }

  /// Writes another configuration, for the next start.
  func configure(netd: String = defaults, networks: String = "") throws {
    let text = "[Netd]\nSocket=\(folder)/run/netd.sock\nSocketGroup=\(Self.group)\n\(netd)\n\(networks)\n"
    try text.write(toFile: folder + "/netd.conf", atomically: true, encoding: .utf8)
  }

  /// Restarts netd in the same namespace.
  func restart(kill signal: Int32 = SIGTERM) throws {
    try end(by: signal)
    try start()
    try expect("READY=1")
  }

  /// Ends netd.
  func end(by signal: Int32) throws {
    try netd.signal(signal)
    _ = try netd.reap(blocking: true)
  }

  /// Starts netd after its end. It says when it is ready.
  func start() throws {
    // What its last life has said is not of this one.
    var buffer = [UInt8](repeating: 0, count: 256)
    while recv(notify.raw, &buffer, buffer.count, Int32(MSG_DONTWAIT)) >= 0 {}
    netd = try Self.spawn([Self.binary, "--config", folder + "/netd.conf"], ["NOTIFY_SOCKET=@" + notifyName])
  }

  /// Connects as another user. Who it is counts at connect time, so only that happens on the user's own thread.
  func connect(as uid: UInt32) throws -> Descriptor {
    let path = socket
    let cell = try Self.onThread {
      if uid != 0 { try Errno.check(clinux_thread_identity(uid, Self.group)) }
      return DescriptorCell(try UnixSocket.connect(path, .packets))
    }
    guard let socket = cell.take() else { throw Errno(EBADF) }
    return socket
  }

  /// Waits for a word of netd to its service manager.
  func expect(_ word: String) throws {
    var buffer = [UInt8](repeating: 0, count: 256)
    while true {
      let got = recv(notify.raw, &buffer, buffer.count, 0)
      guard got >= 0 else { throw Failure(.timeout, operation: "wait for \(word)", cause: "netd does not say it") }
      if String(decoding: buffer.prefix(got), as: UTF8.self) == word { return }
    }
  }

  private static func notifySocket(_ name: String) throws -> Descriptor {
    let raw = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0[1...].copyBytes(from: Array(name.utf8)) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.utf8.count)
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(raw, $0, length) }
    }
    guard bound == 0 else { throw Errno(errno) }
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    return Descriptor(owning: raw)
  }

  // MARK: The end

  /// Stops netd and shows that nothing is left: no lease, finding, process, socket or TAP but spares.
  private func finish(taps: Int) throws {
    defer { cleanUp() }
    do {
      var session = try Session(self)
      try wait("all ports are free") {
        let audit = try session.audit()
        // Whoever watched as netdns does has left with its test.
        let findings = audit.findings.filter { $0.interface != "netdns" }
        return audit.active + audit.kept + audit.releasing == 0 && findings.isEmpty
      }
    }
    try netd.signal(SIGTERM)
    #expect(try netd.reap(blocking: true) == .exited(0))
    #expect(!FileManager.default.fileExists(atPath: socket), "the socket is left behind")
    var route = try RouteSocket()
    let left = try route.links().filter { $0.kind == "tun" && $0.alias != "procurator:spare" }
    #expect(left.count == taps, "left behind: \(left.map { "\($0.name) with \($0.alias)" })")
  }

  private func cleanUp() {
    try? netd.signal(SIGKILL)
    _ = try? netd.reap(blocking: true)
    try? FileManager.default.removeItem(atPath: folder)
  }
}

/// Waits until `condition` holds, at most `seconds`.
func wait(_ what: String, seconds: Double = 8, _ condition: () throws -> Bool) throws {
  let end = Date().addingTimeInterval(seconds)
  while Date() < end {
    if try condition() { return }
    usleep(20_000)
  }
  throw Failure(.timeout, operation: "wait until \(what)", cause: "\(seconds) seconds have passed")
}
