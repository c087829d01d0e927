import Failure
import IPC
import NetworkPlan

/// What ports may reach, and how they are reached.
extension Daemon {
  /// Replaces what a port may reach; its forwards stay.
  func policy(_ request: Policy, _ asking: inout Asking) throws(Failure) -> Empty {
    let slot = try ownSlot(request.vm, request.nic, asking, "set policy")
    let (network, _, _) = panel.layout.place(slot)
    try check(request, network)
    var domains: Set<String> = []
    for text in request.domains {
      guard let domain = DomainName.canonical(text) else {
        throw Failure(
          .invalid, step: "set policy", object: "domain \"\(text)\"", cause: "it is no domain name",
          cure: "write example.com, which stands for everything below it too")
      }
      domains.insert(domain)
    }
    var wanted = guarding.rules(slot)
    wanted.isListed = request.isListed
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
      if request.isListed { try change(slot) { $0.isListed = true } }
      try links.shape(slot, bytesPerSecond: request.receiveRate)
      try guarding.set(slot, wanted)
      if !request.isListed { try change(slot) { $0.isListed = false } }
    } catch let failure {
      profileTable = before
      throw failure
    }
    profileTable.use(profile?.id, by: slot)
    if profileTable.profiles != before.profiles { generation += 1 }
    return Empty()
  }

  private func check(_ request: Policy, _ network: Int) throws(Failure) {
    guard request.isListed || (request.domains.isEmpty && request.ranges.isEmpty) else {
      throw Failure(
        .invalid, step: "set policy", object: "VM \(request.vm.text)",
        cause: "domains or ranges are listed, but everything is allowed", cure: "ask for a listed policy")
    }
    guard request.domains.reduce(0, { $0 + $1.utf8.count }) <= NetdLimits.domainBytes else {
      throw Failure(
        .invalid, step: "set policy", object: "\(request.domains.count) domains",
        cause: "their names have more than \(NetdLimits.domainBytes) bytes", cure: "allow a parent domain instead")
    }
    for range in request.ranges
    where range.prefix > 32 || range.first > range.last
      || (range.transport == .any) != (range.last == 0)
    {
      throw Failure(
        .invalid, step: "set policy", object: "range of VM \(request.vm.text)",
        cause: "a prefix has at most 32 bits, ports go upwards and need TCP or UDP")
    }
    guard max(request.sendRate, request.receiveRate) <= NetdLimits.rate else {
      throw Failure(
        .invalid, step: "set policy", object: "rate of VM \(request.vm.text)",
        cause: "it is above \(NetdLimits.rate) bytes per second", cure: "choose a lower one, or none")
    }
    if panel.layout.networks[network].mode == .external, !(request.domains.isEmpty && request.ranges.isEmpty) {
      throw Failure(
        .unsupported, step: "set policy", object: "network \(panel.layout.networks[network].name)",
        cause: "packets of an external network are not routed here, so all or nothing can be allowed",
        cure: "leave the lists empty, or use another network")
    }
  }

  func forward(_ request: Forward, _ asking: inout Asking) throws(Failure) -> Forward.Reply {
    let slot = try ownSlot(request.vm, request.nic, asking, "forward port")
    guard request.transport != .any, request.guestPort > 0 else {
      throw Failure(
        .invalid, step: "forward port", object: "guest port \(request.guestPort)",
        cause: "a forward has a port from 1 to 65535 of TCP or UDP")
    }
    let network = panel.layout.networks[panel.layout.place(slot).network]
    guard network.mode != .external else {
      throw Failure(
        .unsupported, step: "forward port", object: "network \(network.name)",
        cause: "packets of an external network are not routed here", cure: "reach the guest by its own address")
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
          .exhausted, step: "forward port", object: "VM \(request.vm.text)",
          cause: "a port has at most \(NetdLimits.forwards) forwards", cure: "close some")
      }
      wanted.forwards.insert(Forwarding(port, request.guestPort))
      ports.set(port, target)
      reply.hostPort = port.number
    }
    try guarding.set(slot, wanted)
    hostPorts = ports
    return reply
  }

  /// One page of forwards, by port of the host.
  func forwards(_ request: Forwards, _ asking: inout Asking) throws(Failure) -> Forwards.Reply {
    let ports = hostPorts.targets.keys.sorted()
    let visible = asking.visible
    return Page(at: request.cursor, of: ports.count) { place in
      guard let target = hostPorts.targets[ports[place]], let lease = panel.lease(target.slot),
        visible == nil || lease.owner.uid == visible
      else { return nil }
      var entry = Forwards.Entry()
      entry.vm = lease.owner.vm
      entry.nic = lease.owner.nic
      entry.uid = lease.owner.uid
      entry.transport = ports[place].transport
      entry.hostPort = ports[place].number
      entry.address = panel.layout.address(target.slot)
      entry.guestPort = target.guestPort
      return entry
    }
  }

  private func ownSlot(_ vm: VMIdentity, _ nic: UInt8, _ asking: borrowing Asking, _ step: String) throws(Failure)
    -> Slot
  {
    guard let slot = panel.slot(of: Owner(uid: asking.uid, vm: vm, nic: nic)) else {
      throw Failure(
        .notFound, step: step, object: "NIC \(nic) of VM \(vm.text)", cause: "you have no such port",
        cure: "attach it first")
    }
    return slot
  }
}
