/// One network card of the guest.
package struct NICSpec: Sendable, Hashable {
  /// What the guest takes the card for.
  package enum Model: String, Codable, Sendable, Hashable, CaseIterable {
    /// A device of virtio: the fastest, for guests that have its driver.
    case virtio
    /// Intel 82540EM, which older systems know.
    case e1000
    /// Intel 82574L, which most systems know.
    case e1000e
    /// Realtek 8139, which very old systems know.
    case rtl8139
  }

  /// Name of the network as root configured it.
  package var network: String
  /// What the guest takes it for.
  package var model: Model
  /// Fixed IPv4 address; nil leaves the choice to netd.
  package var address: String?
  /// Hardware address, six bytes such as `52:54:00:12:34:56`; nil is that of the slot.
  package var mac: String?
  /// Domains that may be reached, each with everything below it, in small letters. nil: no such list.
  package var allowedDomains: [String]?
  /// Addresses that may be reached. nil: no such list.
  package var allowedAddresses: [AddressRule]?
  /// Ways from ports of the host to ports of the guest, at most 64.
  package var forwards: [ForwardSpec]
  /// How fast the guest may send and receive; nil is as fast as it goes.
  package var bandwidth: BandwidthSpec?

  /// Makes a network card.
  package init(
    network: String = "default", model: Model = .virtio, address: String? = nil, mac: String? = nil,
    allowedDomains: [String]? = nil, allowedAddresses: [AddressRule]? = nil, forwards: [ForwardSpec] = [],
    bandwidth: BandwidthSpec? = nil
  ) {
    self.network = network
    self.model = model
    self.address = address
    self.mac = mac
    self.allowedDomains = allowedDomains
    self.allowedAddresses = allowedAddresses
    self.forwards = forwards
    self.bandwidth = bandwidth
  }

  /// Whether only what a list names may be reached, which with empty lists is nothing.
  package var isRestricted: Bool { allowedDomains != nil || allowedAddresses != nil }

  /// Whether anything is said beyond what the network permits.
  package var hasPolicy: Bool { isRestricted || bandwidth != nil }
}

/// Ports of a transport protocol are counted per protocol.
package enum PortProtocol: String, Codable, Sendable, Hashable, CaseIterable {
  /// Transmission Control Protocol.
  case tcp
  /// User Datagram Protocol.
  case udp
}

/// A way from a port of the host to a port of the guest.
package struct ForwardSpec: Codable, Sendable, Hashable {
  typealias CodingKeys = SpecKeys.Forward

  /// Port of the guest, 1 to 65535.
  package var guest: UInt16
  /// Port of the host; nil is any free one of those that root has set aside.
  package var host: UInt16?
  /// TCP or UDP.
  package var `protocol`: PortProtocol

  /// Makes a forward.
  package init(guest: UInt16, host: UInt16? = nil, protocol: PortProtocol = .tcp) {
    self.guest = guest
    self.host = host
    self.protocol = `protocol`
  }
}

/// How fast a guest may send and receive.
package struct BandwidthSpec: Codable, Sendable, Hashable {
  typealias CodingKeys = SpecKeys.Bandwidth

  /// Bytes per second from the guest; nil is no limit.
  package var send: UInt64?
  /// Bytes per second to the guest; nil is no limit.
  package var receive: UInt64?

  /// Makes a limit.
  package init(send: UInt64? = nil, receive: UInt64? = nil) {
    self.send = send
    self.receive = receive
  }
}

extension NICSpec: Codable {
  /// Reads the document form, and that of records which were written before there were rules.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: SpecKeys.NIC.self)
    self.init(
      network: try values.decode(String.self, forKey: .network),
      model: try values.decodeIfPresent(Model.self, forKey: .model) ?? .virtio,
      address: try values.decodeIfPresent(String.self, forKey: .address),
      mac: try values.decodeIfPresent(String.self, forKey: .mac),
      allowedDomains: try values.decodeIfPresent([String].self, forKey: .allowedDomains),
      allowedAddresses: try values.decodeIfPresent([AddressRule].self, forKey: .allowedAddresses),
      forwards: try values.decodeIfPresent([ForwardSpec].self, forKey: .forwards) ?? [],
      bandwidth: try values.decodeIfPresent(BandwidthSpec.self, forKey: .bandwidth))
  }

  /// Writes the document form.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: SpecKeys.NIC.self)
    try values.encode(network, forKey: .network)
    if model != .virtio { try values.encode(model, forKey: .model) }
    try values.encodeIfPresent(address, forKey: .address)
    try values.encodeIfPresent(mac, forKey: .mac)
    try values.encodeIfPresent(allowedDomains, forKey: .allowedDomains)
    try values.encodeIfPresent(allowedAddresses, forKey: .allowedAddresses)
    if !forwards.isEmpty { try values.encode(forwards, forKey: .forwards) }
    try values.encodeIfPresent(bandwidth, forKey: .bandwidth)
  }
}
