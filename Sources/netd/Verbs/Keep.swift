import Failure
import IPC
import NetworkPlan

extension Daemon {
  /// Notes which slots a client's VMs hold.
  func keep(_ request: Keep, _ asking: inout Asking) throws(Failure) -> Keep.Reply {
    var reply = Keep.Reply()
    for (index, lease) in request.leases.enumerated() {
      let owner = Owner(uid: asking.uid, vm: lease.vm, nic: lease.nic)
      guard let slot = panel.layout.slot(lease.slot), isGranted(slot, owner, asking.client),
        hold(slot, owner, lease.name, now: asking.now)
      else {
        reply.refused.append(UInt16(index))
        let name = "\(lease.slot.network)/\(lease.slot.shard)/\(lease.slot.host)"
        log.write(.notice, "cannot keep \(name) for NIC \(lease.nic) of VM \(lease.vm.text), uid \(asking.uid)")
        continue
      }
    }
    if !(asking.client.phase == .serving) { asking.client.phase = request.more ? .keeping : .serving }
    return reply
  }

  /// Whether `attach` would give the slot to that owner.
  private func isGranted(_ slot: Slot, _ owner: Owner, _ client: Client) -> Bool {
    let grant = grant(client)
    let name = panel.layout.networks[panel.layout.place(slot).network].name
    guard panel.layout.isOwn(slot), grant.networks?.contains(name) ?? true else { return false }
    return panel.slot(of: owner) == slot || panel.ports(of: owner.uid) < grant.ports ?? .max
  }

  private func hold(_ slot: Slot, _ owner: Owner, _ name: String, now: Int64) -> Bool {
    let network = panel.layout.networks[panel.layout.place(slot).network].name
    let name = DomainName.isLabel(name) && !panel.isTaken(name, by: owner, in: network) ? name : ""
    do {
      switch panel[slot] {
      case .leased(let lease):
        guard lease.owner == owner else { return false }
        if lease.name != name { generation += 1 }
        try change(slot) { lease in
          lease.isKept = true
          lease.name = name
        }
      case .free, .spare:
        let hadTap = panel[slot] == .spare
        let lease = LeaseTag(name: name, isKept: true)
        generation += 1
        try panel.lease(slot, to: owner, lease, state: .kept, now: now)
        do { if hadTap, links.exists(slot) { try links.retag(slot, .lease(owner, lease)) } } catch {
          retire(slot, now: now)
          return false
        }
      case .retiring, .foreign: return false
      }
      return true
    } catch { return false }
  }
}
