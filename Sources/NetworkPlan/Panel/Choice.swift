package import Failure
import IPC
import Linux

/// Which slot an `attach` gets.
package enum Choice: Hashable, Sendable {
  /// The one that the NIC has already.
  case own(Slot)
  /// One with a TAP that waits.
  case spare(Slot)
  /// One whose TAP must be made first.
  case fresh(Slot)

  /// Which it is.
  package var slot: Slot {
    switch self {
    case .own(let slot), .spare(let slot), .fresh(let slot): slot
    }
  }
}

extension Panel {
  /// Decides which slot a NIC gets.
  /// - Parameter address: a wanted IPv4 address, 0 for any.
  package func choose(_ owner: Owner, network name: String, address: UInt32) throws(Failure) -> Choice {
    guard let network = layout.network(named: name) else {
      let known = layout.networks.map(\.name).joined(separator: ", ")
      throw Failure(
        .notFound, operation: "attach port", object: "network \(name)",
        cause: "there is no such network; there are: \(known)",
        remedy: "use one of them, or have root add [Network \(name)] to netd.conf")
    }
    let wanted = address == 0 ? nil : try slot(address, in: network)
    if let own = slot(of: owner) {
      guard layout.place(own).network == network, wanted == nil || wanted == own else {
        throw Failure(
          .state, operation: "attach port", object: "NIC \(owner.nic) of VM \(owner.vm.text)",
          cause: "it has the slot \(IPv4.text(layout.address(own))) of network \(layout.name(own).network)",
          remedy: "give the VM's ports up first (forget)")
      }
      return .own(own)
    }
    try checkQuota(owner.uid)
    if let wanted { return try choice(wanted) }
    if let spare = spareSlot(network: network) { return .spare(spare) }
    if let free = freeSlot(network: network) { return .fresh(free) }
    throw Failure(
      .exhausted, operation: "attach port", object: "network \(name)",
      cause: "all of its \(layout.networks[network].shards * layout.networks[network].hosts.count) ports are taken",
      remedy: "delete VMs or raise Shards= in netd.conf")
  }

  private func slot(_ address: UInt32, in network: Int) throws(Failure) -> Slot {
    let own = layout.networks[network]
    if let slot = layout.slot(address: address), layout.place(slot).network == network, layout.isOwn(slot) {
      return slot
    }
    let last = own.base + UInt32(own.shards - 1) << 8
    throw Failure(
      .invalid, operation: "attach port", object: IPv4.text(address),
      cause: "network \(own.name) is \(IPv4.text(own.base))/\(own.prefix) and gives out "
        + ".\(own.hosts.lowerBound) to .\(own.hosts.upperBound) of "
        + "\(IPv4.text(own.base))/24" + (own.shards > 1 ? " to \(IPv4.text(last))/24" : ""),
      remedy: "choose such an address, or none")
  }

  private func choice(_ wanted: Slot) throws(Failure) -> Choice {
    switch self[wanted] {
    case .free: return .fresh(wanted)
    case .spare: return .spare(wanted)
    case .leased, .foreign:
      throw Failure(
        .exists, operation: "attach port", object: IPv4.text(layout.address(wanted)), cause: "the address is in use",
        remedy: "choose another one, or none")
    case .retiring:
      throw Failure(
        .unavailable, operation: "attach port", object: IPv4.text(layout.address(wanted)),
        cause: "the address was given up a moment ago", remedy: "try again in a second")
    }
  }
}
