import CLinux
import Failure
import Glibc
import IPC
import IPCFrames
import IPCPeer
import Linux
import Netlink

/// A network namespace with a netd in it.
final class Host {
  let name: String
  /// A process that does nothing but keep the namespace, and lead into it.
  private let keeper: ProcessHandle
  private var netd: ProcessHandle?
  var route: RouteSocket
  var session: Connection?

  private var folder: String { "/run/" + name }

  /// Makes the namespace. The calling thread is in it afterwards.
  init(_ name: String) throws {
    self.name = name
    try Errno.check(clinux_unshare_net())
    route = try RouteSocket()
    keeper = try Command.start(["sleep", "600"])
    try Command.run("mkdir", "/run/" + name)
    try Command.run("ip", "link", "set", "lo", "up")
  }

  var pid: String { "\(keeper.pid)" }

  /// Runs a program in the namespace.
  func run(_ words: String...) throws {
    let process = try Command.start(["nsenter", "-t", pid, "-n"] + words)
    guard try process.reap(blocking: true) == .exited(0) else {
      throw Failure(.system, operation: "run \(words.joined(separator: " "))", object: name, cause: "it failed")
    }
  }

  // MARK: netd

  func configure(_ networks: String) throws {
    let text = "[Netd]\nSocket=\(folder)/netd.sock\nSocketGroup=0\nGrace=300ms\nSpare=1\n\(networks)\n"
    try Files.replace(folder + "/netd.conf", with: Array(text.utf8), mode: 0o644)
  }

  /// Starts netd and connects. nsenter becomes it.
  func start() throws {
    netd = try Command.start(["nsenter", "-t", pid, "-n", "/bin/netd", "--config", folder + "/netd.conf"])
    try wait("netd of \(name) answers") {
      guard var opened = try? Connection.open(folder + "/netd.sock", peer: "netd"),
        (try? opened.call(Hello(client: "vlanhosts"))) != nil
      else { return false }
      _ = try opened.call(Keep(leases: []))
      session = consume opened
      return true
    }
  }

  func end(by signal: Int32) throws -> ProcessEnd? {
    session = nil
    guard let process = netd.take() else { return nil }
    try process.signal(signal)
    return try process.reap(blocking: true)
  }

  // MARK: Questions

  func ask<R: Request>(_ request: R, expecting: Int = 0) throws -> Answer<R.Reply> {
    guard session != nil else { throw Failure(.state, operation: "ask netd", object: name, cause: "it does not run") }
    guard let answer = try session?.call(request, expecting: expecting) else {
      throw Failure(.state, operation: "ask netd", object: name, cause: "it does not run")
    }
    return answer
  }

  func audit() throws -> Audit.Reply { try ask(Audit()).body }

  func link(_ name: String) throws -> Link? { try route.link(name) }

  /// Plugs a guest in.
  func guest(_ network: String) throws -> Guest {
    let vm = VMIdentity(high: .random(in: 1 ... .max), low: .random(in: 1 ... .max))
    var answer = try ask(Attach(vm: vm, nic: 0, network: network, keep: false), expecting: 1)
    guard let tap = answer.take() else { throw Failure(.protocol, operation: "attach", cause: "no descriptor came") }
    return Guest(vm, answer.body.port, Cable(tap))
  }
}
