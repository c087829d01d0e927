import Failure
import IPC
import NetworkPlan

extension Daemon {
  /// Notes which slots a client's VMs hold.
  func keep(_ request: Keep, _ asking: inout Asking) throws(Failure) -> Keep.Reply {
    var reply = Keep.Reply()
    for (index, lease) in request.leases.enumerated() {
      let owner = Owner(uid: asking.uid, vm: lease.vm, nic: lease.nic)
      guard let slot = panel.layout.slot(lease.slot), panel.mayKeep(slot, owner, grant(asking.client)),
        hold(slot, owner, now: asking.now)
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

  private func hold(_ slot: Slot, _ owner: Owner, now: Int64) -> Bool {
    do {
      switch panel[slot] {
      case .leased(let lease):
        guard lease.owner == owner else { return false }
        try change(slot) { $0.isKept = true }
      case .free, .spare:
        let hadTap = panel[slot] == .spare
        let lease = LeaseTag(isKept: true)
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
