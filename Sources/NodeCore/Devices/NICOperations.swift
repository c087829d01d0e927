import Failure
import Hypervisor
import IPC
import Life
import Linux
import Text
import VMSpec

/// Network cards that come and go. The number of a card is netd's, and no other card's comes or goes with it.
extension VMDevices {
  /// Gives the VM a network card: at once if it runs, otherwise at its next start.
  /// - Parameter id: what another control plane calls it; one of that id again changes nothing.
  /// - Returns: its number.
  nonisolated(nonsending) func attachNIC(_ request: NICSpec, id: String? = nil) async throws(Failure) -> Int {
    let operation = "attach NIC"
    var chosen = 0
    defer { ports.settleName() }
    try await operate(operation, of: .network) { () async throws(Failure) in
      try self.checkHotPlug(operation)
      var record = self.record
      if let id, let index = record.devices.nics.firstIndex(where: { $0.id == id }) {
        let there = record.spec.nics[index]
        let isSameAddress = request.mac == nil || request.mac?.lowercased() == there.mac
        guard there.network == request.network, there.model == request.model, isSameAddress else {
          throw Failure(
            .exists, operation: operation, object: "\(self.name): \(id)",
            cause: "it has another network card of that id",
            remedy: "detach that one first")
        }
        chosen = record.devices.nics[index].number
        return try await self.hasNIC(chosen) ? nil : Change(record: record, operation: .attachNIC(number: chosen))
      }
      let number = DeviceAddresses.free(record.devices.nics)
      if number == 0 {
        let claimant = NameClaims.Claimant(id: self.record.id, name: self.name, network: request.network)
        try names.claim(claimant, operation: operation)
      }
      let port = try self.choosePort(operation)
      record.rearrange { spec, addresses in
        spec.nics.append(request)
        addresses.nics.append(.init(number: number, port: port, id: id))
      }
      chosen = number
      return Change(record: record, operation: .attachNIC(number: number))
    }
    return chosen
  }

  /// Takes a network card away, and its slot with it.
  nonisolated(nonsending) func detachNIC(_ number: Int) async throws(Failure) {
    let operation = "detach NIC"
    defer { ports.settleName() }
    try await operate(operation, of: .network) { () throws(Failure) in
      let object = "\(self.name): NIC \(number)"
      guard let index = self.record.nicIndex(number) else { throw self.record.noNIC(number, operation) }
      var record = self.record
      let place = record.devices.nics[index]
      let nic = record.spec.nics[index]
      try self.checkLeaving(place, operation, object)
      record.rearrange { spec, addresses in
        spec.nics.remove(at: index)
        addresses.nics.remove(at: index)
      }
      return Change(record: record, operation: .detachNIC(nic, index: index, place: place))
    }
  }

  nonisolated(nonsending) private func hasNIC(_ number: Int) async throws(Failure) -> Bool {
    guard let machine else { return true }
    return try await machine.has(.nic(number))
  }

  // MARK: in netd and the hypervisor

  nonisolated(nonsending) func plugNIC(_ number: Int) async throws(Failure) {
    guard let index = record.nicIndex(number), let machine else { return }
    if try await hasNIC(number) { return }
    let place = record.devices.nics[index]
    // An earlier try may have got half way.
    try await machine.clear(.nic(number))
    let port = try await ports.take(number, record.spec.nics[index])
    let model = record.spec.nics[index].model
    let vhost = model == .virtio && run?.incarnation.accelerator == "kvm" ? try await netd.vhostNet() : nil
    guard let tap = port.tap.take() else { return }
    let card = NICPlan(model, mac: MAC.text(port.reply.port.mac), hasVhost: vhost != nil)
    do throws(Failure) { try await machine.plug(card, at: place, tap: tap, vhost: vhost?.take()) } catch {
      try? await machine.clear(.nic(number))
      throw error
    }
  }

  nonisolated(nonsending) func unplugNIC(_ place: DeviceAddresses.Address) async throws(Failure) {
    if let machine {
      try await release(.nic(place.number), "\(name): NIC \(place.number)", machine)
      try await machine.clear(.nic(place.number))
    }
    await ports.release(place.number)
  }

}
