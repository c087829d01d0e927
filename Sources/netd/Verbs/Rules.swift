import Failure
import IPC
import IPCFrames
import NetworkPlan

/// What ports may reach, and how they are reached.
extension Daemon {
  /// Replaces what a port may reach; its forwards stay.
  func policy(_ request: Policy, _ asking: inout Asking) throws(Failure) -> Empty {
    let slot = try panel.slot(of: Owner(uid: asking.uid, vm: request.vm, nic: request.nic), for: "set policy")
    let (network, _, _) = panel.layout.place(slot)
    try panel.layout.networks[network].check(request)
    let list = request.list == 0 ? nil : try lists.find(uid: asking.uid, network: network, number: request.list)
    let wanted = guarding.rules(slot).replaced(by: request, list)
    // The kernel's tag first: cut off after it, the port is closed, not open.
    if request.isRestricted { try change(slot) { $0.isRestricted = true } }
    try links.shape(slot, bytesPerSecond: request.receiveRate)
    try guarding.set(slot, wanted)
    if !request.isRestricted { try change(slot) { $0.isRestricted = false } }
    lists.use(list, by: slot)
    return Empty()
  }

  func forward(_ request: Forward, _ asking: inout Asking) throws(Failure) -> Forward.Reply {
    let slot = try panel.slot(of: Owner(uid: asking.uid, vm: request.vm, nic: request.nic), for: "forward port")
    let network = panel.layout.networks[panel.layout.place(slot).network]
    let permitted = grant(asking.client).forwards ?? settings.fixedForwards
    var (wanted, ports) = (guarding.rules(slot), hostPorts)
    let reply = try ports.answer(request, slot, network, &wanted, within: permitted)
    try guarding.set(slot, wanted)
    hostPorts = ports
    return reply
  }
}
