import Failure
import VMSpec

extension Fleet {
  /// Refuses a VM with a hardware address that another one is to have: netd would refuse the later of them to start.
  func checkHardwareAddresses(of spec: VMSpec) async throws(Failure) {
    let wanted = Set(spec.nics.compactMap(\.mac))
    guard !wanted.isEmpty else { return }
    for vm in all() where vm.name != spec.name {
      guard let taken = await vm.record.spec.nics.compactMap(\.mac).first(where: { wanted.contains($0) }) else {
        continue
      }
      throw Failure(
        .exists, part: .network, operation: "create", object: "\(spec.name): mac_address \(taken)",
        cause: "the VM \(vm.name) has this hardware address",
        remedy: "choose another one, or leave it out to get the slot's own")
    }
  }
}
