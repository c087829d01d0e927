import CMnl
import Glibc

/// A network interface as the kernel describes it.
public struct Link: Hashable, Sendable {
  /// Its number in the namespace.
  public var index: Int32 = 0
  /// Its name.
  public var name = ""
  /// Its kind, `bridge`, `tun`, `vlan` or `vxlan` for instance; empty for hardware.
  public var kind = ""
  /// Number of the bridge it is enslaved to, 0 if none.
  public var master: Int32 = 0
  /// Number of the interface that it stands on, as a VLAN does; 0 if none, or if that is in another namespace.
  public var parent: Int32 = 0
  /// Its alias (IFLA_IFALIAS), which needs CAP_NET_ADMIN to be set.
  public var alias = ""
  /// Its group.
  public var group: UInt32 = 0
  /// Largest packet in bytes.
  public var mtu: UInt32 = 0
  /// Hardware address, 48 bits in the low end.
  public var mac: UInt64 = 0
  /// IFF_* flags.
  public var flags: UInt32 = 0
  /// How it behaves as the port of a bridge; nil if it is none.
  public var port: BridgePort?
  /// What it does as a bridge; nil if it is of another kind.
  public var bridge: BridgeOptions?
  /// Whether the kernel routes IPv4 packets that come in there; nil if the kernel does not say.
  public var isForwarding: Bool?
  /// Whether IPv6 is switched off there; nil if the kernel does not say, as one without IPv6.
  public var isIPv6Off: Bool?
  /// Its VLAN number (IEEE 802.1Q, 12 bits); nil if it is of another kind.
  public var vlan: UInt16?
  /// What it carries as a VXLAN; nil if it is of another kind.
  public var vxlan: VXLAN?

  /// Whether it is switched on.
  public var isUp: Bool { flags & UInt32(1) != 0 }
  /// Whether the other end is there (IFF_LOWER_UP). A TAP's holder can fake it.
  public var hasCarrier: Bool { flags & UInt32(0x10000) != 0 }
  /// Its VXLAN network identifier (RFC 7348, 24 bits); nil if it is of another kind.
  public var vni: UInt32? { vxlan?.vni }

  /// Reads RTM_NEWLINK or RTM_DELLINK; nil for a message about a bridge port (family AF_BRIDGE).
  init?(_ message: MessageReader) {
    guard let header = message.body(ifinfomsg.self), header.ifi_family == UInt8(AF_UNSPEC) else { return nil }
    index = header.ifi_index
    flags = header.ifi_flags
    var isParentAway = false
    for attribute in message.attributes(after: MemoryLayout<ifinfomsg>.size) {
      switch attribute.type {
      case IFLA_IFNAME: name = attribute.text
      case IFLA_MASTER: master = Int32(bitPattern: attribute.number)
      case IFLA_LINK: parent = Int32(bitPattern: attribute.number)
      case IFLA_LINK_NETNSID: isParentAway = true
      case IFLA_IFALIAS: alias = attribute.text
      case IFLA_GROUP: group = attribute.number
      case IFLA_MTU: mtu = attribute.number
      case IFLA_ADDRESS: mac = attribute.hardwareAddress
      case IFLA_LINKINFO: read(attribute.nested)
      case IFLA_AF_SPEC: readSettings(attribute.nested)
      default: break
      }
    }
    if isParentAway { parent = 0 }
  }

  /// Reads what only links of its kind have. The kernel writes a kind before its data (rtnl_link_fill).
  private mutating func read(_ info: AttributeWalk) {
    var isPort = false
    for part in info {
      switch part.type {
      case IFLA_INFO_KIND: kind = part.text
      case IFLA_INFO_DATA where kind == "bridge": bridge = BridgeOptions(part.nested)
      case IFLA_INFO_DATA where kind == "vlan":
        for option in part.nested where option.type == IFLA_VLAN_ID { vlan = option.short }
      case IFLA_INFO_DATA where kind == "vxlan": vxlan = VXLAN(part.nested)
      case IFLA_INFO_SLAVE_KIND: isPort = part.text == "bridge"
      case IFLA_INFO_SLAVE_DATA where isPort: port = BridgePort(part.nested)
      default: break
      }
    }
  }

  /// Reads `net.ipv4.conf.NAME` and `net.ipv6.conf.NAME`, which the kernel tells as lists of numbers.
  private mutating func readSettings(_ families: AttributeWalk) {
    for family in families {
      for part in family.nested {
        switch (family.type, part.type) {
        // IPV4_DEVCONF_FORWARDING (linux/ip.h) is 1, and the first.
        case (Int(AF_INET), IFLA_INET_CONF): isForwarding = part.number(at: 0).map { $0 != 0 }
        // DEVCONF_DISABLE_IPV6 (linux/ipv6.h), counted from 0.
        case (Int(AF_INET6), IFLA_INET6_CONF): isIPv6Off = part.number(at: 26).map { $0 != 0 }
        default: break
        }
      }
    }
  }
}
