import Failure
import Life
import NodeAPI
import NodeCore
import VMSpec

extension Limiquantix_Node_V1_NetworkPortInfo {
  /// A network card's port, in the contract's words.
  init(_ status: VMStatus, nic number: Int) {
    self.init()
    let record = status.record
    let port = Limiquantix_Node_V1_PortStatus(record, nic: number, attached: status.incarnation != nil)
    portID = "\(record.id)/\(number)"
    vmID = record.id
    networkID = port.network
    macAddress = port.mac
    ipAddresses = [port.address, port.address6].filter { !$0.isEmpty }
    tap = port.tap
    phase = Self.phase(record.state, record.why?.part, isAttached: port.attached, hasPort: !port.tap.isEmpty)
    if phase == .error { errorMessage = record.why?.cause ?? "" }
    guard let index = record.nicIndex(number), let cards = status.usage?.readings.cards?.cards,
      cards.indices.contains(index)
    else { return }
    let counters = cards[index].counters
    (rxBytes, txBytes) = (counters.received.bytes, counters.transmitted.bytes)
    (rxPackets, txPackets) = (counters.received.packets, counters.transmitted.packets)
  }

  /// What its VM's state makes of a port.
  static func phase(
    _ state: State, _ part: Failure.Part?, isAttached: Bool, hasPort: Bool
  ) -> Limiquantix_Node_V1_NetworkPortPhase {
    switch state {
    case .starting: .building
    case .failed where part == .network || part == .netd: .error
    case _ where isAttached && hasPort: .active
    default: hasPort ? .down : .pending
    }
  }
}

extension Limiquantix_Node_V1_ConfigureNetworkPortRequest {
  /// Refuses what a port cannot be, or is not.
  func check(against port: Limiquantix_Node_V1_NetworkPortInfo) throws(Failure) {
    func refuse(_ field: String, _ cause: String, _ remedy: String) -> Failure {
      Failure(
        .state, part: .network, operation: "configure port", object: "\(portID): \(field)", cause: cause,
        remedy: remedy)
    }
    let fixed = "leave it out, or take the card out and put another one in: DetachNIC, AttachNIC"
    if !networkID.isEmpty, networkID != port.networkID {
      throw refuse("network_id", "the port is in the network \(port.networkID)", fixed)
    }
    if !macAddress.isEmpty, macAddress.lowercased() != port.macAddress {
      throw refuse(
        "mac_address", "the port's is \(port.macAddress.isEmpty ? "not chosen yet" : port.macAddress)", fixed)
    }
    let own = Set(port.ipAddresses.flatMap { [$0, String($0.prefix { $0 != "/" })] })
    for address in ipAddresses where !own.contains(address) {
      let has = own.isEmpty ? "the port has none yet" : "the port has \(port.ipAddresses.joined(separator: " and "))"
      throw refuse("ip_addresses: \(address)", has, fixed)
    }
    if !ovnPortName.isEmpty { throw refuse("ovn_port_name", "there is no OVN", "leave it out") }
    if bindingType != .networkPortBindingNormal {
      throw refuse("binding_type", "only NORMAL is there", "use NETWORK_PORT_BINDING_NORMAL")
    }
    if !securityGroupIds.isEmpty {
      throw refuse(
        "security_group_ids", "there are no security groups",
        "say what the guest may reach with allowed_domains and allowed_addresses of its card")
    }
    if qos.ingressBurstKb != 0 || qos.egressBurstKb != 0 {
      throw refuse("qos", "a burst follows from its rate and cannot be set", "set rates only")
    }
  }

  /// Bytes per second that the guest may send, and receive; nil for no limit.
  /// - Throws: `.invalid` for a rate that is no number of bytes.
  func bandwidth() throws(Failure) -> BandwidthSpec {
    func bytes(_ field: String, _ kilobits: UInt64) throws(Failure) -> UInt64? {
      guard kilobits != 0 else { return nil }
      let (bytes, overflow) = kilobits.multipliedReportingOverflow(by: 1000 / 8)
      guard !overflow else {
        throw Failure(
          .invalid, operation: "configure port", object: "\(portID): qos.\(field)", cause: "the number is too large",
          remedy: "write kilobits per second")
      }
      return bytes
    }
    return BandwidthSpec(
      send: try bytes("egress_rate_kbps", qos.egressRateKbps),
      receive: try bytes("ingress_rate_kbps", qos.ingressRateKbps))
  }
}
