import CMnl
import Glibc

/// A network interface as the kernel describes it.
public struct Link: Hashable, Sendable {
  /// Its number in the namespace.
  public var index: Int32 = 0
  /// Its name.
  public var name = ""
  /// Its kind, `bridge` or `tun` for instance; empty for hardware.
  public var kind = ""
  /// Number of the bridge it is enslaved to, 0 if none.
  public var master: Int32 = 0
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

  /// Whether it is switched on.
  public var isUp: Bool { flags & UInt32(1) != 0 }
  /// Whether the other end is there (IFF_LOWER_UP). A TAP's holder can fake it.
  public var hasCarrier: Bool { flags & UInt32(0x10000) != 0 }

  /// Reads RTM_NEWLINK or RTM_DELLINK; nil for a message about a bridge port (family AF_BRIDGE).
  init?(_ message: MessageReader) {
    guard let header = message.body(ifinfomsg.self), header.ifi_family == UInt8(AF_UNSPEC) else { return nil }
    index = header.ifi_index
    flags = header.ifi_flags
    for attribute in message.attributes(after: MemoryLayout<ifinfomsg>.size) {
      switch attribute.type {
      case IFLA_IFNAME: name = attribute.text
      case IFLA_MASTER: master = Int32(bitPattern: attribute.number)
      case IFLA_IFALIAS: alias = attribute.text
      case IFLA_GROUP: group = attribute.number
      case IFLA_MTU: mtu = attribute.number
      case IFLA_ADDRESS: mac = attribute.hardwareAddress
      case IFLA_LINKINFO:
        for part in attribute.nested where part.type == IFLA_INFO_KIND { kind = part.text }
      default: break
      }
    }
  }
}

/// What to change about an interface, in one message. Nil leaves a property alone.
public struct LinkChange: Sendable {
  /// Switch it on or off.
  public var isUp: Bool?
  /// Bridge to enslave it to, 0 for none.
  public var master: Int32?
  /// Alias.
  public var alias: String?
  /// Group.
  public var group: UInt32?
  /// Largest packet in bytes.
  public var mtu: UInt32?
  /// Hardware address, 48 bits in the low end.
  public var mac: UInt64?
  /// Whether the kernel makes itself an IPv6 link-local address there; only `false` can be asked for.
  public var isWithoutIPv6 = false

  /// No change.
  public init() {}

  func put(_ message: inout MessageBuilder, ipv6: Bool) {
    if let mac { message.hardwareAddress(IFLA_ADDRESS, mac) }
    if let mtu { message.number(IFLA_MTU, mtu) }
    if let group { message.number(IFLA_GROUP, group) }
    if let alias { message.text(IFLA_IFALIAS, alias) }
    if let master { message.number(IFLA_MASTER, UInt32(bitPattern: master)) }
    guard isWithoutIPv6, ipv6 else { return }
    message.nest(IFLA_AF_SPEC) { family in
      family.nest(Int(AF_INET6)) { $0.byte(IFLA_INET6_ADDR_GEN_MODE, 1 /* IN6_ADDR_GEN_MODE_NONE, linux/if_link.h */) }
    }
  }

  /// The header that switches on or off.
  func header(index: Int32) -> ifinfomsg {
    var header = ifinfomsg()
    header.ifi_family = UInt8(AF_UNSPEC)
    header.ifi_index = index
    if let isUp {
      header.ifi_flags = isUp ? 1 : 0
      header.ifi_change = 1
    }
    return header
  }
}
