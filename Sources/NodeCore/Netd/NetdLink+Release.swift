package import Failure
import Glibc
package import IPC

extension NetdLink {
  /// Gives up the slot of one network card whose TAP nobody holds any more. The VM's other slots stay.
  ///
  /// Its forwards and its policy go with the lease.
  package func release(vm: VMIdentity, nic: UInt8, network: String) async throws(Failure) {
    try await ask { state throws(Failure) in
      let key = LeaseKey(vm: vm, nic: nic)
      state.leases[key] = nil
      state.missing.forget(key)
      let forwards = state.rules.removeValue(forKey: key)?.opening ?? []
      for forward in forwards { try state.close(forward, vm: vm) }
      // A lease that is not kept ends when it is given back.
      let answer = try state.callWhenFree(Attach(vm: vm, nic: nic, network: network, address: 0, keep: false, name: ""))
      _ = try state.call(Detach(handle: answer))
    }
  }
}

extension LinkState {
  /// Asks for a port whose holder may have closed it a moment ago.
  /// - Returns: its handle.
  fileprivate mutating func callWhenFree(_ request: Attach) throws(Failure) -> UInt64 {
    for _ in 0..<50 {
      do throws(Failure) {
        let answer = try call(request, expecting: 1)
        return answer.body.handle
      } catch {
        guard error.errno == EBUSY else { throw error }
      }
      usleep(20_000)
    }
    return try call(request, expecting: 1).body.handle
  }
}
