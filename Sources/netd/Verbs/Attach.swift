import Failure
import Glibc
import IPC
import Linux
import NetworkPlan

extension Daemon {
  /// Gives a NIC its port. Asked again, it gives the same one.
  func attach(_ request: Attach, _ asking: inout Asking) throws(Failure) -> Attach.Reply {
    let owner = Owner(uid: asking.uid, vm: request.vm, nic: request.nic)
    try checkName(request.name)
    try checkNetwork(request.network, asking)
    let before = panel.slot(of: owner).flatMap { panel.lease($0) }
    if before?.name != request.name { try checkName(request.name, of: owner, in: request.network) }
    let slot = try connect(owner, request, before, &asking)
    if before?.name != request.name { generation += 1 }
    panel.update(slot) { lease in
      lease.isKept = request.keep
      lease.name = request.name
      lease.isGivenBack = false
      lease.isSevered = false
      lease.lostAt = nil
    }
    panel.move(slot, to: .active, now: asking.now)
    checks[slot.index] = nil
    var reply = Attach.Reply()
    reply.handle = panel.handle(slot, owner)
    reply.slot = panel.layout.name(slot)
    reply.port = panel.layout.port(slot)
    return reply
  }

  private func connect(
    _ owner: Owner, _ request: Attach, _ before: Lease?, _ asking: inout Asking
  ) throws(Failure) -> Slot {
    // Until its owner has said again what it may reach, what was said before holds.
    let lease = LeaseTag(name: request.name, isKept: request.keep, isRestricted: before?.isRestricted ?? false)
    let tag = Tag.lease(owner, lease)
    if before == nil, let ports = grant(asking.client).ports, panel.ports(of: owner.uid) >= ports {
      throw Panel.full(owner.uid, panel.ports(of: owner.uid), ports, "MaxPorts= of the user's section")
    }
    // A spare TAP that cannot be taken is thrown away, and the next one tried.
    for _ in 0..<4 {
      switch try panel.choose(owner, network: request.network, address: request.address) {
      case .own(let slot):
        do { asking.descriptor = try links.reopen(slot, tag) } catch let failure { throw inUse(failure, owner, slot) }
        return slot
      case .fresh(let slot):
        asking.descriptor = try links.make(slot, tag)
        try panel.lease(slot, to: owner, lease, state: .active, now: asking.now)
        return slot
      case .spare(let slot):
        do { asking.descriptor = try links.take(slot, tag) } catch let failure {
          log.write(.warning, "spare TAP thrown away: \(failure)")
          retire(slot, now: asking.now)
          continue
        }
        try panel.lease(slot, to: owner, lease, state: .active, now: asking.now)
        return slot
      }
    }
    throw Failure(
      .unavailable, operation: "attach port", object: "network \(request.network)", cause: "no TAP could be had",
      remedy: "see netd's log and try again")
  }

  private func checkName(_ name: String) throws(Failure) {
    guard name.isEmpty || DomainName.isLabel(name) else {
      throw Failure(
        .invalid, operation: "attach port", object: "VM name \"\(name)\"", cause: "it cannot be a name in DNS",
        remedy: "use small letters, digits and inner hyphens, at most \(NetdLimits.vmName)")
    }
  }

  /// Refuses a name that another user has in the network: who asks for it would reach another VM.
  private func checkName(_ name: String, of owner: Owner, in network: String) throws(Failure) {
    guard panel.isTaken(name, by: owner, in: network) else { return }
    throw Failure(
      .exists, operation: "attach port", object: "VM name \"\(name)\"",
      cause: "a VM of another user has it in network \(network)", remedy: "choose another name")
  }

  /// The kernel's EBUSY in words about the VM.
  private func inUse(_ failure: Failure, _ owner: Owner, _ slot: Slot) -> Failure {
    guard failure.errno == EBUSY else { return failure }
    return Failure(
      .exists, operation: "attach port", object: "NIC \(owner.nic) of VM \(owner.vm.text)",
      cause: "the port is in use: a process holds \(panel.layout.tap(slot))",
      remedy: "the VM runs already, or its process is still ending", errno: EBUSY)
  }
}
