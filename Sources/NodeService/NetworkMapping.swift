package import Failure
import IPC
import Linux
import NodeAPI
package import NodeCore
package import VMSpec

extension Limiquantix_Node_V1_NicSpec {
  /// The document's form of what is ours in it.
  /// - Parameter place: what a field of it is called in refusals.
  func nicSpec(_ operation: String, at place: (String) -> String) throws(Failure) -> NICSpec {
    var nic = NICSpec(
      network: network.isEmpty ? "default" : network,
      model: try .init(model, place("model"), operation: operation))
    if !macAddress.isEmpty { nic.mac = macAddress }
    if hasAllowedDomains { nic.allowedDomains = allowedDomains.entries }
    if hasAllowedAddresses {
      nic.allowedAddresses = try allowedAddresses.entries.map { (text) throws(Failure) in
        try .read(text, operation: operation, object: place("allowed_addresses"))
      }
    }
    nic.forwards = try forwards.map { (forward) throws(Failure) in
      try forward.forwardSpec(operation: operation, object: place("forwards"))
    }
    var limits = BandwidthSpec()
    if sendBytesPerSecond != 0 { limits.send = sendBytesPerSecond }
    if receiveBytesPerSecond != 0 { limits.receive = receiveBytesPerSecond }
    if bandwidthMbps != 0 {
      let (bytes, overflow) = bandwidthMbps.multipliedReportingOverflow(by: 1_000_000 / 8)
      guard !overflow, limits == BandwidthSpec() else {
        throw Failure(
          .invalid, operation: operation, object: place("bandwidth_mbps"),
          cause: overflow ? "the number is too large" : "the limits are set twice",
          remedy: "set bandwidth_mbps, or send_bytes_per_second and receive_bytes_per_second")
      }
      limits = BandwidthSpec(send: bytes, receive: bytes)
    }
    if limits != BandwidthSpec() { nic.bandwidth = limits }
    return nic
  }
}

extension AddressRule {
  package static func read(_ text: String, operation: String, object: String) throws(Failure) -> AddressRule {
    if let rule = AddressRule(text) { return rule }
    throw Failure(
      .invalid, operation: operation, object: object,
      cause: "`\(text)` is not ADDRESS[/PREFIX][:PORT[-PORT]][/tcp|/udp], in IPv4 and without bits behind the prefix",
      remedy: "write one such as 192.0.2.7, 10.20.0.0/16 or 10.20.0.0/16:8000-8080/tcp")
  }
}

extension Limiquantix_Node_V1_PortForward {
  /// The document's form.
  func forwardSpec(operation: String, object: String) throws(Failure) -> ForwardSpec {
    let proto = `protocol`.isEmpty ? .tcp : PortProtocol(rawValue: `protocol`)
    guard let proto, let guest = UInt16(exactly: guestPort), guest > 0, let host = UInt16(exactly: hostPort) else {
      throw Failure(
        .invalid, operation: operation, object: "\(object): forward to \(guestPort)",
        cause: "ports go from 1 to 65535 and protocols are tcp and udp", remedy: "correct it")
    }
    return ForwardSpec(guest: guest, host: host == 0 ? nil : host, protocol: proto)
  }

  /// A forward as netd holds it.
  package init(_ forward: SavedForward) {
    self.init()
    `protocol` = forward.protocol.rawValue
    guestPort = UInt32(forward.guest)
    hostPort = UInt32(forward.host)
    automatic = forward.isAutomatic
  }

  /// A forward that is wanted.
  package init(_ forward: ForwardSpec) {
    self.init()
    `protocol` = forward.protocol.rawValue
    guestPort = UInt32(forward.guest)
    hostPort = UInt32(forward.host ?? 0)
    automatic = forward.host == nil
  }
}

extension Procurator_Node_V1_NetworkChange {
  /// Applies it to a network card.
  /// - Parameter saved: which ports of the host its forwards have.
  package func apply(to nic: inout NICSpec, _ saved: [SavedForward]) throws(Failure) {
    let operation = "change network"
    switch reach {
    case .open: (nic.allowedDomains, nic.allowedAddresses) = (nil, nil)
    case .isolated: (nic.allowedDomains, nic.allowedAddresses) = ([], [])
    case .unchanged, .UNRECOGNIZED: break
    }
    if !allowDomains.isEmpty { nic.allowedDomains = (nic.allowedDomains ?? []) + allowDomains }
    if !allowAddresses.isEmpty {
      let new = try allowAddresses.map { (text) throws(Failure) in
        try AddressRule.read(text, operation: operation, object: "\(vm): allow_addresses")
      }
      nic.allowedAddresses = (nic.allowedAddresses ?? []) + new
    }
    let domains = disallowDomains.map { DomainName.canonical($0) ?? $0 }
    nic.allowedDomains?.removeAll { domains.contains($0) }
    let addresses = try disallowAddresses.map { (text) throws(Failure) in
      try AddressRule.read(text, operation: operation, object: "\(vm): disallow_addresses")
    }
    nic.allowedAddresses?.removeAll { addresses.contains($0) }
    for forward in close {
      let closed = try forward.forwardSpec(operation: operation, object: vm)
      nic.forwards.removeAll { own in
        let port = own.host ?? saved.first { $0.isOf(own) }?.host
        return own.guest == closed.guest && own.protocol == closed.protocol
          && (closed.host == nil || closed.host == port)
      }
    }
    for forward in open {
      let opened = try forward.forwardSpec(operation: operation, object: vm)
      if !nic.forwards.contains(opened) { nic.forwards.append(opened) }
    }
    var limits = nic.bandwidth ?? BandwidthSpec()
    if hasSendBytesPerSecond { limits.send = sendBytesPerSecond == 0 ? nil : sendBytesPerSecond }
    if hasReceiveBytesPerSecond { limits.receive = receiveBytesPerSecond == 0 ? nil : receiveBytesPerSecond }
    nic.bandwidth = limits == BandwidthSpec() ? nil : limits
  }
}
