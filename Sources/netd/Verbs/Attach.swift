import Failure
import IPC
import NetworkPlan

extension Daemon {
  /// Gives a NIC its port. Asked again, it gives the same one.
  func attach(_ request: Attach, _ asking: inout Asking) throws(Failure) -> Attach.Reply {
    let owner = Owner(uid: asking.uid, vm: request.vm, nic: request.nic)
    try grant(asking.client).check(network: request.network, uid: asking.uid)
    let before = panel.slot(of: owner).flatMap { panel.lease($0) }
    let mac = try panel.chosen(request.mac, for: owner, in: request.network)
    if let mac, try links.isOfHost(mac) { throw Panel.isTaken(mac, by: "an interface of the host") }
    // One that is on its way out is not to take with it what is the next one's.
    if let mac, let former = guarding.slot(mac: mac), former != panel.slot(of: owner) {
      try guarding.set(former, guarding.rules(former).having(nil))
    }
    let slot = try connect(owner, request, mac, before, &asking)
    try guarding.set(slot, guarding.rules(slot).having(mac))
    panel.activate(slot, isKept: request.keep, mac: mac, now: asking.now)
    checks[slot.index] = nil
    return panel.attached(slot, owner)
  }

  private func connect(
    _ owner: Owner, _ request: Attach, _ mac: UInt64?, _ before: Lease?, _ asking: inout Asking
  ) throws(Failure) -> Slot {
    // Until its owner has said again what it may reach, what was said before holds.
    let lease = LeaseTag(isKept: request.keep, isRestricted: before?.isRestricted ?? false, mac: mac)
    let tag = Tag.lease(owner, lease)
    if before == nil, let ports = grant(asking.client).ports, panel.ports(of: owner.uid) >= ports {
      throw Panel.full(owner.uid, panel.ports(of: owner.uid), ports, "MaxPorts= of the user's section")
    }
    // A spare TAP that cannot be taken is thrown away, and the next one tried.
    for _ in 0..<4 {
      let choice = try panel.choose(owner, network: request.network, address: request.address)
      switch choice {
      case .own(let slot):
        do { asking.descriptor = try links.reopen(slot, tag, before?.tag) } catch let failure {
          throw panel.inUse(failure, owner, slot)
        }
        return slot
      case .fresh(let slot): asking.descriptor = try links.make(slot, tag)
      case .spare(let slot):
        do {
          asking.descriptor = try mac == nil ? links.take(slot, tag) : links.reopen(slot, tag, .spare)
        } catch let failure {
          log.write(.warning, "spare TAP thrown away: \(failure)")
          retire(slot, now: asking.now)
          continue
        }
      }
      try panel.lease(choice.slot, to: owner, lease, state: .active, now: asking.now)
      return choice.slot
    }
    throw Failure(
      .unavailable, operation: "attach port", object: "network \(request.network)", cause: "no TAP could be had",
      remedy: "see netd's log and try again")
  }
}
