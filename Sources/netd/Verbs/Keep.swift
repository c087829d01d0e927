import Failure
import IPC

extension Daemon {
  /// Notes which slots a client's VMs hold.
  func keep(_ request: Keep, _ asking: inout Asking) throws(Failure) -> Keep.Reply {
    var reply = Keep.Reply()
    for (index, lease) in request.leases.enumerated() {
      let owner = Owner(uid: asking.uid, vm: lease.vm, nic: lease.nic)
      guard let slot = panel.layout.slot(lease.slot), hold(slot, owner, now: asking.now) else {
        reply.refused.append(UInt16(index))
        log.write(.notice, "cannot keep \(lease.slot) for NIC \(lease.nic) of VM \(lease.vm.text), uid \(asking.uid)")
        continue
      }
    }
    if !(asking.client.phase == .serving) { asking.client.phase = request.more ? .keeping : .serving }
    return reply
  }

  private func hold(_ slot: Slot, _ owner: Owner, now: Int64) -> Bool {
    let tag = Tag.lease(owner, isKept: true)
    do {
      switch panel[slot] {
      case .leased(let lease):
        guard lease.owner == owner else { return false }
        if !lease.isKept, links.exists(slot) { try links.retag(slot, tag) }
        panel.update(slot) { $0.isKept = true }
      case .free, .spare:
        let hadTap = panel[slot] == .spare
        try panel.lease(slot, to: owner, isKept: true, state: .kept, now: now)
        if hadTap, links.exists(slot) { try links.retag(slot, tag) }
      case .retiring, .foreign: return false
      }
      return true
    } catch { return false }
  }
}
