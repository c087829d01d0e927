import Failure
import Glibc
import IPC
import IPCFrames
import IPCNames
import IPCPeer
import Linux
import Synchronization

/// A connection to netdns, which has let us in. Calls block.
final class NetdnsConnection: Sendable {
  private let connection: Mutex<Connection>

  /// Seconds that netdns may take for an answer; VMs that start wait for it.
  private static let timeout: Int32 = 2
  /// How often is said again what came too fast.
  private static let attempts = 20

  init(_ path: String) throws(Failure) {
    var opened = try Connection.open(path, peer: "netdns", seconds: Self.timeout)
    _ = try opened.call(Greet(client: "vmsupervisor \(Release.version)"))
    connection = Mutex(opened)
  }

  /// Whether it can take another question. netdns says nothing unasked: what can be read is the end.
  var isOpen: Bool {
    connection.withLock { connection in
      var entry = pollfd(fd: connection.raw, events: Int16(POLLIN), revents: 0)
      return connection.isUsable && poll(&entry, 1, 0) <= 0
    }
  }

  /// - Throws: the refusal, after which the connection is open; or why there is none any more.
  private func say<R: Request>(_ request: R) throws(Failure) {
    let result: Result<Void, Failure> = connection.withLock { connection in
      do throws(Failure) {
        _ = try connection.call(request)
        return .success(())
      } catch { return .failure(error) }
    }
    try result.get()
  }

  /// Says all of it. A refusal of one thing keeps nothing else from being said.
  /// - Throws: why there is no connection any more.
  func say(_ facts: NetdnsFacts) throws(Failure) -> NetdnsRefusals {
    var refusals = NetdnsRefusals()
    for vm in facts.deleted { _ = try refusal(of: TellName(vm: vm, network: "", name: "")) }
    for list in Set(facts.lists.values) {
      refusals.lists[list] = try refusal(of: TellDomains(list: list.number, domains: list.domains))
    }
    for name in facts.names.values {
      refusals.names[name] = try refusal(of: TellName(vm: name.vm, network: name.network, name: name.name))
    }
    return refusals
  }

  /// Says one thing, and once more what came too fast.
  /// - Returns: nil if netdns takes it.
  /// - Throws: why there is no connection any more.
  func refusal<R: Request>(of request: R) throws(Failure) -> Failure? {
    var last: Failure?
    for _ in 0..<Self.attempts {
      do throws(Failure) {
        try say(request)
        return nil
      } catch {
        guard isOpen else { throw error }
        last = error.of(.network)
        if error.code != .unavailable { return last }
      }
      usleep(100_000)
    }
    return last
  }
}
