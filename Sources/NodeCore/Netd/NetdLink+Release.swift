package import Failure
import Glibc
package import IPC

extension NetdLink {
  /// How often, and after what pause, a port is asked for whose holder may have closed it a moment ago. The kernel tells
  /// only root when the last one has.
  private static let busy = (times: 50, pause: Duration.milliseconds(20))

  /// Gives up the slot of one network card whose TAP nobody holds any more. The VM's other slots stay.
  ///
  /// Its forwards and its policy go with the lease.
  package func release(vm: VMIdentity, nic: UInt8, network: String) async throws(Failure) {
    for _ in 0..<Self.busy.times {
      do throws(Failure) { return try await giveUp(vm: vm, nic: nic, network: network) } catch {
        guard error.errno == EBUSY, !Task.isCancelled else { throw error }
      }
      // Others ask netd meanwhile.
      try? await Task.sleep(for: Self.busy.pause)
    }
    try await giveUp(vm: vm, nic: nic, network: network)
  }

  private func giveUp(vm: VMIdentity, nic: UInt8, network: String) async throws(Failure) {
    try await ask { state throws(Failure) in
      let key = LeaseKey(vm: vm, nic: nic)
      state.leases[key] = nil
      state.missing.forget(key)
      let forwards = state.rules.removeValue(forKey: key)?.opening ?? []
      for forward in forwards { try state.close(forward, vm: vm) }
      // A lease that is not kept ends when it is given back.
      let request = Attach(vm: vm, nic: nic, network: network, address: 0, keep: false)
      _ = try state.call(Detach(handle: try state.call(request, expecting: 1).body.handle))
    }
  }
}
