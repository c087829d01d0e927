import Failure
import Glibc
import IPC
import IPCPeer
import Linux

/// A node with many ports: how they are given back, what others notice of that, and how netd finds them again.
enum FullNode {
  /// How ports end.
  enum End: String {
    /// Their holders are gone, and the owner gives them back.
    case detached
    /// Their holders are gone, and nobody says so.
    case died
  }

  /// Between two rounds of the bystander, in microseconds.
  private static let pause: UInt32 = 4000

  /// From the moment at which the holders let go until the last TAP is gone and the audit finds nothing. Where nobody
  /// gives them back, what netd waits for another holder is no part of it.
  ///
  /// Writes `released BEGUN ENDED` in nanoseconds of the monotonic clock.
  static func release(_ count: Int, _ end: End, socket: String) throws {
    var ports = try HeldPorts.attach(count, socket: socket)
    // What was made ahead and what is left to do elsewhere is done by then.
    Stopwatch.pause(500_000)
    var begun = Stopwatch.now()
    ports.letGo()
    switch end {
    case .detached: try ports.release()
    case .died: begun += try grace(socket)
    }
    try ports.waitUntilGone()
    try audit(socket)
    say("released \(begun) \(Stopwatch.now())")
  }

  /// Somebody else, who goes on asking until standard input ends. Writes `attach` or `ports`, when the request was
  /// made, and how long it took.
  static func bystand(socket: String) throws {
    var netd = try Attachments.open(socket)
    var input = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
    while poll(&input, 1, 0) == 0 {
      let request = Attach(vm: Attachments.random(), nic: 0, network: "default", keep: false)
      var begun = Stopwatch.now()
      var answer = try netd.call(request, expecting: 1)
      say("attach \(begun) \(Stopwatch.now() - begun)")
      if answer.take() == nil { throw Attachments.missing }
      _ = try netd.call(Detach(handle: answer.body.handle))
      for _ in 0..<4 {
        begun = Stopwatch.now()
        _ = try netd.call(Ports(cursor: 0))
        say("ports \(begun) \(Stopwatch.now() - begun)")
      }
      Stopwatch.pause(pause)
    }
  }

  /// Kills netd and starts it again while all ports are in use: from its execution to its first answer.
  static func restart(_ rounds: Int, ports count: Int, socket: String, program: String, configuration: String) throws {
    var netd = try start(program, configuration)
    do {
      try answer(socket)
      var ports = try HeldPorts.attach(count, socket: socket)
      for _ in 0..<rounds {
        // As long as a spare TAP may still be on its way.
        Stopwatch.pause(300_000)
        try netd.signal(SIGKILL)
        _ = try netd.reap(blocking: true)
        let begun = Stopwatch.now()
        netd = try start(program, configuration)
        try answer(socket)
        sample(begun, Stopwatch.now())
        try ports.check(socket)
      }
      ports.letGo()
      try ports.waitUntilGone()
    } catch {
      try netd.signal(SIGKILL)
      throw error
    }
    try netd.signal(SIGTERM)
    _ = try netd.reap(blocking: true)
  }

  private static func start(_ program: String, _ configuration: String) throws -> ProcessHandle {
    try ProcessHandle.spawn(
      program, arguments: ["netd", "--config", configuration], environment: ["SWIFT_BACKTRACE=enable=no"],
      descriptors: [(2, 2)])
  }

  /// Returns when netd has answered.
  private static func answer(_ socket: String) throws {
    let until = Stopwatch.now() + 10_000_000_000
    while true {
      do {
        var netd = try Connection.open(socket, peer: "netd")
        _ = try netd.call(Hello(client: "bench"))
        return
      } catch { guard Stopwatch.now() < until else { throw error } }
      Stopwatch.pause(100)
    }
  }

  /// Nanoseconds that netd waits for another holder of a port.
  private static func grace(_ socket: String) throws -> UInt64 {
    var netd = try Connection.open(socket, peer: "netd")
    return UInt64(try netd.call(Hello(client: "bench")).body.grace) * 1_000_000_000
  }

  /// Waits for an audit without findings and without ports, but for one of a bystander.
  private static func audit(_ socket: String) throws {
    var netd = try Attachments.open(socket)
    let until = Stopwatch.now() + 10_000_000_000
    while true {
      let found = try netd.call(Audit(cursor: 0)).body
      if found.active + found.releasing <= 1, found.kept == 0, found.findings.isEmpty { return }
      guard Stopwatch.now() < until else {
        throw Failure(
          .unavailable, operation: "measure release", cause: "the audit still finds \(found.findings.map(\.interface))")
      }
      Stopwatch.pause(5000)
    }
  }
}
