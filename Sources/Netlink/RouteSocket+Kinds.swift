import CMnl
public import Failure
import Glibc

/// Links that the kernel makes by their kind. They have the hardware address of `change` from their first moment; what
/// else it asks for is done afterwards, as by `change(_:_:)`, and if that fails, the link is gone again. All throw `.exists`
/// if an interface of that name is there.
extension RouteSocket {
  /// Creates a bridge with spanning tree and multicast snooping off.
  public mutating func createBridge(_ name: String, _ change: LinkChange) throws(Failure) {
    try create("bridge", name, change) { data in
      data.number(IFLA_BR_FORWARD_DELAY, 0)
      data.number(IFLA_BR_STP_STATE, 0)
      data.byte(IFLA_BR_MCAST_SNOOPING, 0)
    }
  }

  /// Creates the interface of a VLAN (IEEE 802.1Q) of another interface.
  /// - Parameters:
  ///   - parent: Number of the interface that carries the tagged frames.
  ///   - id: VLAN number, 1 to 4094.
  /// - Throws: `.exists` also if there is one of that VLAN; EOPNOTSUPP if the kernel has no VLANs (8021q).
  public mutating func createVLAN(
    _ name: String, parent: Int32, id: UInt16, _ change: LinkChange
  ) throws(Failure) {
    try create("vlan", name, parent: parent, change) { $0.short(IFLA_VLAN_ID, id) }
  }

  /// Creates the interface of a VXLAN without any peer: see `setFloodPeers`. Its packets have the system's TTL.
  /// - Throws: `.exists` also if there is one of that VNI on that port; EOPNOTSUPP if the kernel has none (vxlan).
  public mutating func createVXLAN(_ name: String, _ vxlan: VXLAN, _ change: LinkChange) throws(Failure) {
    try create("vxlan", name, change) { vxlan.put(&$0) }
  }

  private mutating func create(
    _ kind: String, _ name: String, parent: Int32? = nil, _ change: LinkChange,
    _ options: (inout MessageBuilder) -> Void
  ) throws(Failure) {
    let flags = NLM_F_CREATE | NLM_F_EXCL
    // The message that creates passes over aliases, IPv6 and more.
    try kernel.request(RTM_NEWLINK, flags: flags, operation: "create \(kind)", object: name) { message in
      message.header(LinkChange().header(index: 0))
      message.text(IFLA_IFNAME, name)
      // To a link with an address of chance udev gives another (systemd.link(5), MACAddressPolicy=).
      if let mac = change.mac { message.hardwareAddress(IFLA_ADDRESS, mac) }
      Self.put(kind: kind, parent: parent, &message, options)
    }
    var rest = change
    rest.mac = nil
    do { try self.change(name, rest) } catch let failure {
      try? deleteLink(name)
      throw failure
    }
  }

  /// What makes a link one of its kind.
  static func put(
    kind: String, parent: Int32?, _ message: inout MessageBuilder, _ options: (inout MessageBuilder) -> Void
  ) {
    if let parent { message.number(IFLA_LINK, UInt32(bitPattern: parent)) }
    message.nest(IFLA_LINKINFO) { info in
      info.text(IFLA_INFO_KIND, kind)
      info.nest(IFLA_INFO_DATA, options)
    }
  }
}
