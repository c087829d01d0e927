import Failure
import Glibc
import IPC
import IPCPeer
import Linux
import Synchronization

/// The supervisor's side of the patch panel: one connection to netd, made anew whenever it was lost.
///
/// Every verb is idempotent, so a call that was cut short is simply asked again on the next connection. After each
/// `hello` netd is told which slots this host's records hold, before anything else is asked.
final class NetdLink: Sendable {
  private let path: String
  private let queue = BlockingQueue("netd")
  private let state: Mutex<LinkState>

  private struct LinkState: ~Copyable {
    var connection: Connection?
    var leases: [LeaseKey: SlotName] = [:]
    var server = ""
  }

  private struct LeaseKey: Hashable {
    var vm: VMIdentity
    var nic: UInt8
  }

  /// Speaks to the netd that listens at `path`; nothing is sent before the first call.
  init(path: String) {
    self.path = path
    state = Mutex(LinkState())
  }

  /// The slots that the records hold, as known at start; to be called before anything else.
  func remember(_ leases: [Keep.Lease]) {
    state.withLock { state in
      for lease in leases { state.leases[LeaseKey(vm: lease.vm, nic: lease.nic)] = lease.slot }
    }
  }

  /// A port and the descriptor of its TAP.
  struct Port: Sendable {
    var reply: Attach.Reply
    var tap: DescriptorCell
  }

  /// Gets the port of one NIC. The slot is kept for the VM until `forget`.
  func attach(vm: VMIdentity, nic: Int, network: String, address: UInt32) async throws(Failure) -> Port {
    let request = Attach(vm: vm, nic: UInt8(clamping: nic), network: network, address: address, keep: true)
    return try await ask { state throws(Failure) in
      var answer = try Self.call(request, on: &state, expecting: 1)
      guard let tap = answer.take() else {
        throw Failure(.protocol, step: "attach port", object: network, cause: "netd sent no descriptor")
      }
      state.leases[LeaseKey(vm: vm, nic: request.nic)] = answer.body.slot
      return Port(reply: answer.body, tap: DescriptorCell(tap))
    }
  }

  /// Gives a port back; one that netd does not know any more is no error.
  func detach(handle: UInt64) async throws(Failure) {
    try await ask { state throws(Failure) in
      do throws(Failure) { _ = try Self.call(Detach(handle: handle), on: &state) } catch {
        if error.code != .notFound { throw error }
      }
    }
  }

  /// Gives up all slots of a VM.
  func forget(vm: VMIdentity) async throws(Failure) {
    try await ask { state throws(Failure) in
      state.leases = state.leases.filter { $0.key.vm != vm }
      _ = try Self.call(Forget(vm: vm), on: &state)
    }
  }

  /// A descriptor of a device node.
  func device(_ kind: DeviceKind) async throws(Failure) -> DescriptorCell {
    try await ask { state throws(Failure) in
      var answer = try Self.call(Device(kind: kind), on: &state, expecting: 1)
      guard let device = answer.take() else {
        throw Failure(.protocol, step: "open device", object: "\(kind)", cause: "netd sent no descriptor")
      }
      return DescriptorCell(device)
    }
  }

  /// All ports of this user.
  func ports() async throws(Failure) -> [Ports.Entry] {
    try await ask { state throws(Failure) in
      var entries: [Ports.Entry] = []
      var cursor: UInt32 = 0
      repeat {
        let page = try Self.call(Ports(cursor: cursor), on: &state).body
        entries += page.entries
        cursor = page.next
      } while cursor != 0
      return entries
    }
  }

  /// netd's comparison with the kernel, all pages in one.
  func audit() async throws(Failure) -> Audit.Reply {
    try await ask { state throws(Failure) in
      var whole = try Self.call(Audit(cursor: 0), on: &state).body
      while whole.next != 0 {
        let page = try Self.call(Audit(cursor: whole.next), on: &state).body
        whole.findings += page.findings
        whole.next = page.next
      }
      return whole
    }
  }

  private func ask<R: Sendable>(
    _ body: @escaping @Sendable (inout LinkState) throws(Failure) -> R
  ) async throws(Failure) -> R {
    try await queue.run { [self] () throws(Failure) -> R in
      let result: Result<R, Failure> = state.withLock { state in
        Result { () throws(Failure) -> R in
          do throws(Failure) {
            try self.connect(&state)
            return try body(&state)
          } catch {
            guard error.code == .unavailable || error.code == .protocol else { throw error }
            state.connection = nil
            // netd was started anew, or gave this connection up: once more, on a new one. Unless it hangs.
            if error.errno == EAGAIN { throw error }
            try self.connect(&state)
            return try body(&state)
          }
        }
      }
      return try result.get()
    }
  }

  private func connect(_ state: inout LinkState) throws(Failure) {
    guard state.connection == nil else { return }
    do throws(Failure) {
      state.connection = try Connection.open(path, peer: "netd")
      state.server = try Self.call(Hello(client: "vmsupervisor \(Release.version)"), on: &state).body.server
      var rest = state.leases.map { Keep.Lease(vm: $0.key.vm, nic: $0.key.nic, slot: $0.value) }
      repeat {
        let part = Array(rest.prefix(Keep.maxLeases))
        rest.removeFirst(part.count)
        let refused = try Self.call(Keep(leases: part, more: !rest.isEmpty), on: &state).body.refused
        for index in refused where Int(index) < part.count {
          state.leases[LeaseKey(vm: part[Int(index)].vm, nic: part[Int(index)].nic)] = nil
        }
      } while !rest.isEmpty
    } catch {
      state.connection = nil
      guard error.errno != 0, error.code != .denied else { throw error }
      throw Failure(
        .unavailable, step: "reach netd", object: path, cause: error.cause,
        cure: "is it running? Start it as root: netd --config FILE", errno: error.errno)
    }
  }

  private static func call<R: Request>(
    _ request: R, on state: inout LinkState, expecting: Int = 0
  ) throws(Failure) -> Answer<R.Reply> {
    // A refusal leaves the connection as it is; everything else makes it useless.
    guard let answer = try state.connection?.call(request, expecting: expecting) else {
      throw Failure(.unavailable, step: "ask", object: "netd", cause: "not connected")
    }
    return answer
  }
}
