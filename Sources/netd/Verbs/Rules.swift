import Failure
import IPC
import NetworkPlan

/// What ports may reach, and how they are reached.
extension Daemon {
  /// Replaces what a port may reach; its forwards stay.
  func policy(_ request: Policy, _ asking: inout Asking) throws(Failure) -> Empty {
    let slot = try ownSlot(request.vm, request.nic, asking, "set policy")
    let (network, _, _) = panel.layout.place(slot)
    let domains = try panel.layout.networks[network].check(request)
    var wanted = guarding.rules(slot)
    wanted.isRestricted = request.isRestricted
    wanted.ranges = request.ranges
    wanted.sendRate = request.sendRate
    let name = panel.layout.networks[network].name
    let before = profileTable
    let profile =
      domains.isEmpty ? nil : try profileTable.find(uid: asking.uid, network: network, name: name, domains: domains)
    wanted.profile = profile?.id
    wanted.resolverPort = profile?.port ?? 0
    do {
      // The kernel's tag first: cut off after it, the port is closed, not open.
      if request.isRestricted { try change(slot) { $0.isRestricted = true } }
      try links.shape(slot, bytesPerSecond: request.receiveRate)
      try guarding.set(slot, wanted)
      if !request.isRestricted { try change(slot) { $0.isRestricted = false } }
    } catch let failure {
      profileTable = before
      throw failure
    }
    profileTable.use(profile?.id, by: slot)
    if profileTable.profiles != before.profiles { generation += 1 }
    return Empty()
  }

  func forward(_ request: Forward, _ asking: inout Asking) throws(Failure) -> Forward.Reply {
    let slot = try ownSlot(request.vm, request.nic, asking, "forward port")
    guard request.transport != .any, request.guestPort > 0 else {
      throw Failure(
        .invalid, operation: "forward port", object: "guest port \(request.guestPort)",
        cause: "a forward has a port from 1 to 65535 of TCP or UDP")
    }
    let network = panel.layout.networks[panel.layout.place(slot).network]
    guard network.mode != .external else {
      throw Failure(
        .unsupported, operation: "forward port", object: "network \(network.name)",
        cause: "packets of an external network are not routed here", remedy: "reach the guest by its own address")
    }
    var wanted = guarding.rules(slot)
    let target = HostPorts.Target(slot: slot, guestPort: request.guestPort)
    var reply = Forward.Reply()
    var ports = hostPorts
    if request.isClosed {
      for port in ports.ports(of: slot)
      where ports.targets[port] == target && port.transport == request.transport
        && (request.hostPort == 0 || request.hostPort == port.number)
      {
        wanted.forwards.remove(Forwarding(port, request.guestPort))
        ports.set(port, nil)
      }
    } else {
      let permitted = grant(asking.client).forwards ?? settings.fixedForwards
      let port = try ports.choose(target, request.transport, wanted: request.hostPort, within: permitted)
      guard ports.targets[port] != nil || wanted.forwards.count < NetdLimits.forwards else {
        throw Failure(
          .exhausted, operation: "forward port", object: "VM \(request.vm.text)",
          cause: "a port has at most \(NetdLimits.forwards) forwards", remedy: "close some")
      }
      wanted.forwards.insert(Forwarding(port, request.guestPort))
      ports.set(port, target)
      reply.hostPort = port.number
    }
    try guarding.set(slot, wanted)
    hostPorts = ports
    return reply
  }

  private func ownSlot(_ vm: VMIdentity, _ nic: UInt8, _ asking: borrowing Asking, _ operation: String) throws(Failure)
    -> Slot
  {
    guard let slot = panel.slot(of: Owner(uid: asking.uid, vm: vm, nic: nic)) else {
      throw Failure(
        .notFound, operation: operation, object: "NIC \(nic) of VM \(vm.text)", cause: "you have no such port",
        remedy: "attach it first")
    }
    return slot
  }
}
