package import Failure
package import IPC

extension HostPorts {
  /// Opens or closes a way to a port of a guest.
  /// - Parameters:
  ///   - slot: the port of the guest.
  ///   - network: where it is.
  ///   - rules: those of the port; changed by what is opened or closed.
  ///   - permitted: ports of the host that its owner may have.
  package mutating func answer(
    _ request: Forward, _ slot: Slot, _ network: Network, _ rules: inout PortRules, within permitted: [PortRange]
  ) throws(Failure) -> Forward.Reply {
    guard request.transport != .any, request.guestPort > 0 else {
      throw Failure(
        .invalid, operation: "forward port", object: "guest port \(request.guestPort)",
        cause: "a forward has a port from 1 to 65535 of TCP or UDP")
    }
    guard network.mode != .external else {
      throw Failure(
        .unsupported, operation: "forward port", object: "network \(network.name)",
        cause: "packets of an external network are not routed here", remedy: "reach the guest by its own address")
    }
    let target = Target(slot: slot, guestPort: request.guestPort)
    var reply = Forward.Reply()
    if request.isClosed {
      for port in ports(of: slot)
      where targets[port] == target && port.transport == request.transport
        && (request.hostPort == 0 || request.hostPort == port.number)
      {
        rules.forwards.remove(Forwarding(port, request.guestPort))
        set(port, nil)
      }
      return reply
    }
    let port = try choose(target, request.transport, wanted: request.hostPort, within: permitted)
    guard targets[port] != nil || rules.forwards.count < NetdLimits.forwards else {
      throw Failure(
        .exhausted, operation: "forward port", object: "VM \(request.vm.text)",
        cause: "a port has at most \(NetdLimits.forwards) forwards", remedy: "close some")
    }
    rules.forwards.insert(Forwarding(port, request.guestPort))
    set(port, target)
    reply.hostPort = port.number
    return reply
  }
}
