package import Failure
import Hypervisor
import IPC
import Life
import Linux
import Text
package import VMSpec

/// Network cards that come and go. The number of a card is netd's, and no other card's comes or goes with it.
extension VirtualMachine {
  /// After a card has come or gone, or could not: its name in DNS goes with the first of them.
  /// What ends later than the VM is deleted must not take the name again.
  func settleName() { if !isRetired { context.names.settle(record) } }

  /// Says what the VM is called in the network of its first card; a netdns that is away hears it later.
  func tellName(_ network: String) async throws(Failure) {
    let name = ToldName(vm: record.identity, network: network, name: context.names.label(of: id))
    try await context.netdns.tell(name)
  }

  /// Gives the VM a network card: at once if it runs, otherwise at its next start.
  /// - Parameter id: what another control plane calls it; one of that id again changes nothing.
  /// - Returns: its number.
  package func attachNIC(_ request: NICSpec, id: String? = nil) async throws(Failure) -> Int {
    let operation = "attach NIC"
    var chosen = 0
    defer { settleName() }
    try await operate(operation, of: .network) { (vm) async throws(Failure) in
      try vm.checkHotPlug(operation)
      var record = vm.record
      if let id, let index = record.devices.nics.firstIndex(where: { $0.id == id }) {
        guard record.spec.nics[index].network == request.network else {
          throw Failure(
            .exists, operation: operation, object: "\(vm.name): \(id)", cause: "it has another network card of that id",
            remedy: "detach that one first")
        }
        chosen = record.devices.nics[index].number
        return try await vm.hasNIC(chosen) ? nil : Change(record: record, operation: .attachNIC(number: chosen))
      }
      let number = DeviceAddresses.free(record.devices.nics)
      if number == 0 {
        let claimant = NameClaims.Claimant(id: vm.id, name: vm.name, network: request.network)
        try vm.context.names.claim(claimant, operation: operation)
      }
      let port = try vm.choosePort(operation)
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
  package func detachNIC(_ number: Int) async throws(Failure) {
    let operation = "detach NIC"
    defer { settleName() }
    try await operate(operation, of: .network) { (vm) throws(Failure) in
      let object = "\(vm.name): NIC \(number)"
      guard let index = vm.record.nicIndex(number) else { throw vm.noNIC(number, operation) }
      var record = vm.record
      let place = record.devices.nics[index]
      let nic = record.spec.nics[index]
      try vm.checkLeaving(place, operation, object)
      record.rearrange { spec, addresses in
        spec.nics.remove(at: index)
        addresses.nics.remove(at: index)
      }
      return Change(record: record, operation: .detachNIC(nic, index: index, place: place))
    }
  }

  func noNIC(_ number: Int, _ operation: String) -> Failure {
    let numbers = record.devices.nics.map { "\($0.number)" }
    return Failure(
      .notFound, operation: operation, object: "\(name): NIC \(number)",
      cause: numbers.isEmpty
        ? "the VM has no network cards" : "its network cards are \(numbers.joined(separator: ", "))")
  }

  private func hasNIC(_ number: Int) async throws(Failure) -> Bool {
    guard let machine else { return true }
    return try await machine.has(.nic(number))
  }

  // MARK: in netd and the hypervisor

  func plugNIC(_ number: Int) async throws(Failure) {
    guard let index = record.nicIndex(number), let machine else { return }
    if try await hasNIC(number) { return }
    let place = record.devices.nics[index]
    // An earlier try may have got half way.
    try await machine.clear(.nic(number))
    let port = try await takePort(number, record.spec.nics[index])
    let vhost = run?.incarnation.accelerator == "kvm" ? try await context.netd.vhostNet() : nil
    guard let tap = port.tap.take() else { return }
    let card = NICPlan(mac: MAC.text(port.reply.port.mac), hasVhost: vhost != nil)
    do throws(Failure) { try await machine.plug(card, at: place, tap: tap, vhost: vhost?.take()) } catch {
      try? await machine.clear(.nic(number))
      throw error
    }
  }

  /// Gets the port from netd, writes it down, and sets its rules before a guest has it.
  private func takePort(_ number: Int, _ nic: NICSpec) async throws(Failure) -> NetdLink.Port {
    if number == 0 { try await tellName(nic.network) }
    let port = try await context.netd.attach(
      vm: record.identity, nic: number, network: nic.network, address: try nic.fixedAddress())
    if !handles.contains(port.reply.handle) { handles.append(port.reply.handle) }
    run?.incarnation.handles = handles
    if let run { try RecordStore.write(run.incarnation, to: paths.incarnation) }
    var rules: [LeaseKey: NetworkRules] = [:]
    do throws(Failure) {
      try await edit { record in
        var saved = SavedPort(nic: UInt8(clamping: number), port.reply)
        saved.hasPolicy = record.ports.first { $0.nic == saved.nic }?.hasPolicy
        record.ports.removeAll { $0.nic == saved.nic }
        record.ports.append(saved)
        record.ports.sort { $0.nic < $1.nic }
        rules = record.rules.filter { $0.key.nic == saved.nic }
        record.expect(rules)
      }
    } catch {
      // Nobody would know of it; netd does not give up what somebody still has open.
      _ = port.tap.take()
      try? await context.netd.release(vm: record.identity, nic: UInt8(clamping: number), network: nic.network)
      throw error
    }
    try await say(rules)
    return port
  }

  func unplugNIC(_ place: DeviceAddresses.Address) async throws(Failure) {
    if let machine {
      try await release(.nic(place.number), "\(name): NIC \(place.number)", machine)
      try await machine.clear(.nic(place.number))
    }
    await releasePort(place.number)
  }

  /// Gives up the slot of a card that is gone. A netd that is away forgets it by itself: nobody tells it to keep it.
  func releasePort(_ number: Int) async {
    let nic = UInt8(clamping: number)
    guard record.ports.contains(where: { $0.nic == nic }) else { return }
    let port = record.ports.first { $0.nic == nic }
    let trouble = await keep { record in
      record.ports.removeAll { $0.nic == nic }
      record.forwards?.removeAll { $0.nic == nic }
      if record.forwards?.isEmpty == true { record.forwards = nil }
    }
    guard trouble == nil, let port else { return }
    do throws(Failure) {
      try await context.netd.release(vm: record.identity, nic: nic, network: port.network)
    } catch {
      context.log.warning("\(error)", metadata: metadata(.current))
    }
  }
}

extension NICSpec {
  /// The address that is asked for, in host byte order; 0 for any.
  func fixedAddress() throws(Failure) -> UInt32 {
    guard let address else { return 0 }
    guard let number = IPv4.parse(address) else {
      throw Failure(.invalid, operation: "attach port", object: address, cause: "it is no IPv4 address")
    }
    return number
  }
}
