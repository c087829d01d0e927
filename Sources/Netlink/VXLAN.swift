import CMnl

/// A VXLAN (RFC 7348) as an interface carries it.
public struct VXLAN: Hashable, Sendable {
  /// Network identifier, 24 bits.
  public var vni: UInt32
  /// Own IPv4 address of the tunnel in host byte order, 0 for whichever the route gives.
  public var local: UInt32
  /// UDP port; 4789 is the one of the RFC.
  public var port: UInt16
  /// Whether it learns from received packets which addresses are behind which peer.
  public var isLearning: Bool

  /// Makes one.
  public init(vni: UInt32, local: UInt32, port: UInt16 = 4789, isLearning: Bool) {
    self.vni = vni
    self.local = local
    self.port = port
    self.isLearning = isLearning
  }

  init(_ options: AttributeWalk) {
    self.init(vni: 0, local: 0, port: 0, isLearning: false)
    for option in options {
      switch option.type {
      case IFLA_VXLAN_ID: vni = option.number
      case IFLA_VXLAN_LOCAL: local = option.address
      case IFLA_VXLAN_PORT: port = option.bigEndianShort
      case IFLA_VXLAN_LEARNING: isLearning = option.isOn
      default: break
      }
    }
  }

  func put(_ message: inout MessageBuilder) {
    message.number(IFLA_VXLAN_ID, vni)
    if local != 0 { message.address(IFLA_VXLAN_LOCAL, local) }
    message.bigEndianShort(IFLA_VXLAN_PORT, port)
    message.byte(IFLA_VXLAN_LEARNING, isLearning ? 1 : 0)
  }
}
