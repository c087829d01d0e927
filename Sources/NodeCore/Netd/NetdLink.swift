package import Failure
import Glibc
package import IPC
import IPCPeer
package import Linux
import Synchronization

/// The supervisor's side of the patch panel: one connection to netd, made again whenever it was lost.
///
/// Every verb is idempotent, so a call that was cut short is simply asked again on the next connection. After each
/// `hello` netd is told which slots this host's records hold and which rules the running VMs have, before anything else.
package final class NetdLink: Sendable {
  package let path: String
  let queue = BlockingQueue("netd")
  let state: Mutex<LinkState>
  /// What a netd that was started again did not take back as it was.
  package let notifications: AsyncStream<RulesNotification>

  /// Speaks to the netd that listens at `path`; nothing is sent before the first call.
  package init(path: String) {
    self.path = path
    let (notifications, continuation) = AsyncStream.makeStream(
      of: RulesNotification.self, bufferingPolicy: .bufferingNewest(1024))
    self.notifications = notifications
    state = Mutex(LinkState(notifications: continuation))
  }

  /// The slots that the records hold, and the rules of VMs that run, as known at start; to be called before anything else.
  func remember(_ leases: [Keep.Lease], _ rules: [LeaseKey: NetworkRules]) {
    state.withLock { state in
      for lease in leases {
        state.leases[LeaseKey(vm: lease.vm, nic: lease.nic)] = lease.slot
      }
      state.rules = rules
    }
  }

  /// A port and the descriptor of its TAP.
  package struct Port: Sendable {
    package var reply: Attach.Reply
    package var tap: DescriptorCell

    package init(reply: Attach.Reply, tap: DescriptorCell) {
      self.reply = reply
      self.tap = tap
    }
  }

  /// Gets the port of one NIC. The slot is kept for the VM until `forget`.
  /// - Parameters:
  ///   - address: IPv4 address in host byte order, 0 for any.
  ///   - mac: hardware address of 48 bits, 0 for the slot's own.
  package func attach(
    vm: VMIdentity, nic: Int, network: String, address: UInt32, mac: UInt64 = 0
  ) async throws(Failure) -> Port {
    let request = Attach(vm: vm, nic: UInt8(clamping: nic), network: network, address: address, keep: true, mac: mac)
    return try await ask(waiting: true) { state throws(Failure) in
      var answer = try state.call(request, expecting: 1)
      guard let tap = answer.take() else {
        throw Failure(
          .protocol, part: .netd, operation: "attach port", object: network, cause: "netd sent no descriptor")
      }
      state.leases[LeaseKey(vm: vm, nic: request.nic)] = answer.body.slot
      state.missing.forget(LeaseKey(vm: vm, nic: request.nic))
      return Port(reply: answer.body, tap: DescriptorCell(tap))
    }
  }

  /// Sets what a port may reach and how it is reached, now and whenever netd is started again while the VM runs.
  /// - Returns: the forwards with their ports of the host.
  package func apply(_ rules: NetworkRules, vm: VMIdentity, nic: UInt8) async throws(Failure) -> [SavedForward] {
    try await ask(waiting: true) { state throws(Failure) in
      let opened = try state.say(rules, vm: vm, nic: nic)
      state.rules[LeaseKey(vm: vm, nic: nic)] = rules.settled(opened)
      return opened
    }
  }

  /// The forwards of a running VM's port as they were set last; nil if nothing was set.
  package func forwards(of vm: VMIdentity, nic: UInt8) async -> [SavedForward]? {
    await queue.run { [self] in state.withLock { $0.rules[LeaseKey(vm: vm, nic: nic)]?.opening } }
  }

  /// Closes forwards of a VM that does not run.
  package func close(_ forwards: [SavedForward], vm: VMIdentity) async throws(Failure) {
    try await ask { state throws(Failure) in
      for forward in forwards { try state.close(forward, vm: vm) }
    }
  }

  /// Gives a port back; one that netd does not know any more is no error.
  func detach(handle: UInt64) async throws(Failure) {
    try await ask { state throws(Failure) in
      do throws(Failure) { _ = try state.call(Detach(handle: handle)) } catch {
        if error.code != .notFound { throw error }
      }
    }
  }

  /// The VM does not run any more: its slots stay, its rules are set again when it is started.
  package func rest(vm: VMIdentity) async {
    await queue.run { [self] in
      state.withLock { state in
        state.rules = state.rules.filter { $0.key.vm != vm }
        state.missing.forget(vm: vm)
      }
    }
  }

  /// Notes which TAPs of running VMs are not there any more; all of them, each time.
  package func miss(_ taps: [LeaseKey: String]) async {
    await queue.run { [self] in state.withLock { $0.missing.see(taps, now: .now) } }
  }

  /// Gives up all slots of a VM.
  package func forget(vm: VMIdentity) async throws(Failure) {
    try await ask { state throws(Failure) in
      state.leases = state.leases.filter { $0.key.vm != vm }
      state.rules = state.rules.filter { $0.key.vm != vm }
      state.missing.forget(vm: vm)
      _ = try state.call(Forget(vm: vm))
    }
  }

  /// A descriptor of a device node.
  /// - Parameter waiting: whether a netd that is just being restarted is waited for.
  package func device(_ kind: DeviceKind, waiting: Bool = false) async throws(Failure) -> DescriptorCell {
    try await ask(waiting: waiting) { state throws(Failure) in
      var answer = try state.call(Device(kind: kind), expecting: 1)
      guard let device = answer.take() else {
        throw Failure(
          .protocol, part: .netd, operation: "open device", object: "\(kind)", cause: "netd sent no descriptor")
      }
      return DescriptorCell(device)
    }
  }

  /// Connects if there is no connection or the other side has closed it: a netd that was started again has to be told
  /// the rules of running VMs though nobody has a question for it.
  package func stayConnected() async throws(Failure) {
    try await ask { state throws(Failure) in try state.checkConnection() }
  }

  /// How soon a netd that is being restarted is tried again.
  private static let pause: Duration = .milliseconds(100)

  /// Asks on the connection there is, or a new one.
  /// - Parameter waiting: whether a netd that is just being restarted is waited for, `LinkState.absence` at most from when
  ///   it was first missed. Others may ask, and fail, meanwhile.
  package func ask<R: Sendable>(
    waiting: Bool = false, _ body: @escaping @Sendable (inout LinkState) throws(Failure) -> R
  ) async throws(Failure) -> R {
    while true {
      let answer: Result<R, Missed> = await queue.run { [self] in state.withLock { $0.ask(path, body) } }
      switch answer {
      case .success(let value): return value
      case .failure(let missed):
        guard waiting, missed.isShort, !Task.isCancelled else { throw missed.failure }
      }
      try? await Task.sleep(for: Self.pause)
    }
  }
}

/// An answer that did not come.
struct Missed: Error {
  var failure: Failure
  /// Whether netd has been away for so short a time that it is probably being started again.
  var isShort: Bool
}

extension LinkState {
  /// Asks on the connection there is, then on a new one.
  fileprivate mutating func ask<R>(
    _ path: String, _ body: (inout LinkState) throws(Failure) -> R
  ) -> Result<R, Missed> {
    do throws(Failure) {
      do throws(Failure) {
        try connect(path)
        return .success(try body(&self))
      } catch {
        // A refusal is an answer. Everything else has made the connection useless.
        guard !isConnected else { throw error }
        connection = nil
        // netd was started again, or gave this connection up: once more, on a new one. Unless it hangs.
        if error.errno == EAGAIN { throw error }
        try connect(path)
        return .success(try body(&self))
      }
    } catch {
      // What netd refuses is of what it was asked for; the rest is of netd.
      let isOfNetd = [.unavailable, .timeout, .protocol].contains(error.code)
      return .failure(Missed(failure: isOfNetd ? error.of(.netd) : error, isShort: isShort(error, now: .now)))
    }
  }
}
