import CLinux
import Failure
import Foundation
import IPC
import IPCFrames
import IPCPeer
import Linux

/// A client of netd that has greeted and kept.
struct Session: ~Copyable {
  var connection: Connection

  init(_ rig: Rig, keeping leases: [Keep.Lease] = []) throws { try self.init(rig.socket, keeping: leases) }

  init(_ socket: String, keeping leases: [Keep.Lease] = []) throws {
    var opened = try Connection.open(socket, peer: "netd")
    _ = try opened.call(Hello(client: "test"))
    _ = try opened.call(Keep(leases: leases))
    connection = opened
  }

  /// Connects as another user.
  init(_ rig: Rig, uid: UInt32) throws {
    var opened = Connection(try rig.connect(as: uid), peer: "netd")
    _ = try opened.call(Hello(client: "other"))
    _ = try opened.call(Keep(leases: []))
    connection = opened
  }

  mutating func attach(
    _ vm: VMIdentity, nic: UInt8 = 0, network: String = "default", address: UInt32 = 0, keep: Bool = false,
    mac: UInt64 = 0
  ) throws -> Port {
    var answer = try connection.call(
      Attach(vm: vm, nic: nic, network: network, address: address, keep: keep, mac: mac), expecting: 1)
    guard let tap = answer.take() else { throw Failure(.protocol, operation: "attach", cause: "no descriptor came") }
    return Port(reply: answer.body, tap: tap)
  }

  mutating func ports() throws -> [Ports.Entry] {
    var entries: [Ports.Entry] = []
    var cursor: UInt32 = 0
    repeat {
      let page = try connection.call(Ports(cursor: cursor)).body
      entries += page.entries
      cursor = page.next
    } while cursor != 0
    return entries
  }

  mutating func audit() throws -> Audit.Reply { try connection.call(Audit()).body }

  mutating func detach(_ handle: UInt64) throws { _ = try connection.call(Detach(handle: handle)) }

  mutating func forget(_ vm: VMIdentity) throws -> UInt16 { try connection.call(Forget(vm: vm)).body.freed }

  /// The refusal that a call ends with; nil if it is granted.
  mutating func refusal<R: Request>(_ request: R) -> Failure? {
    do {
      _ = try connection.call(request, expecting: 1)
      return nil
    } catch { return error }
  }
}

/// An attached port.
struct Port: ~Copyable {
  let reply: Attach.Reply
  let tap: Descriptor
  var handle: UInt64 { reply.handle }

  /// Gives its TAP away.
  consuming func release() -> Descriptor { tap }
}

/// A VM that only this test knows.
func someVM() -> VMIdentity { VMIdentity(high: .random(in: 1...UInt64.max), low: .random(in: 1...UInt64.max)) }

extension Attach {
  /// A port that is not kept.
  init(vm: VMIdentity, nic: UInt8, network: String, address: UInt32 = 0) {
    self.init(vm: vm, nic: nic, network: network, address: address, keep: false)
  }
}
