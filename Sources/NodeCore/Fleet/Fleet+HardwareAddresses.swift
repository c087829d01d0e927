package import Failure
package import VMSpec

extension Fleet {
  /// Refuses hardware addresses that cards of another VM are to have: netd would refuse the later of them to start.
  /// - Parameter vm: name of the VM that the cards are for.
  package func checkHardwareAddresses(
    of nics: [NICSpec], _ vm: String, _ operation: String
  ) async throws(Failure) {
    let wanted = Set(nics.compactMap { $0.mac?.lowercased() })
    guard !wanted.isEmpty else { return }
    for other in all() where other.name != vm {
      let macs = await other.record.spec.nics.compactMap(\.mac)
      guard let taken = macs.first(where: { wanted.contains($0) }) else { continue }
      throw Failure(
        .exists, part: .network, operation: operation, object: "\(vm): mac_address \(taken)",
        cause: "the VM \(other.name) has this hardware address",
        remedy: "choose another one, or leave it out to get the slot's own")
    }
  }
}
