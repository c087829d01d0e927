import Failure
import IPC
import IPCPeer
import Linux

/// Ports of netd, asked for as vmsupervisor does.
enum Attachments {
  /// Attached and given back before the first sample.
  private static let warmUp = 16
  /// Between two samples netd makes a spare port for the one that was taken; the floor rests as long.
  private static let pause: UInt32 = 1000
  /// netd deletes what was given back in batches. It gets the time to, so that no sample waits for one.
  private static let batch = 48
  private static let rest: UInt32 = 400_000

  static func attach(_ count: Int, socket: String) throws {
    var netd = try open(socket)
    for round in -warmUp..<count {
      let request = Attach(vm: random(), nic: 0, network: "default", keep: false)
      let begun = Stopwatch.now()
      var answer = try netd.call(request, expecting: 1)
      let ended = Stopwatch.now()
      if answer.take() == nil { throw missing }
      _ = try netd.call(Detach(handle: answer.body.handle))
      if round >= 0 { sample(begun, ended) }
      Stopwatch.pause((round + warmUp + 1) % batch == 0 ? rest : pause)
    }
  }

  static func hold(_ count: Int, socket: String) throws {
    var ports = try HeldPorts.attach(count, socket: socket)
    say("ready")
    waitForEnd()
    ports.letGo()
    try ports.release()
    try ports.waitUntilGone()
  }

  /// A connection on which ports can be had.
  static func open(_ socket: String) throws(Failure) -> Connection {
    var netd = try Connection.open(socket, peer: "netd")
    _ = try netd.call(Hello(client: "bench"))
    _ = try netd.call(Keep(leases: []))
    return netd
  }

  static var missing: Failure { Failure(.protocol, operation: "attach port", cause: "netd sent no descriptor") }

  /// A VM that nobody has heard of.
  static func random() -> VMIdentity {
    VMIdentity(high: .random(in: 1...UInt64.max), low: .random(in: 1...UInt64.max))
  }
}
