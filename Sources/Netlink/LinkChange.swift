import CMnl
import Glibc

/// What to change about an interface. Nil leaves a property alone.
public struct LinkChange: Hashable, Sendable {
  /// Switch it on or off.
  public var isUp: Bool?
  /// Bridge to enslave it to, 0 for none.
  public var master: Int32?
  /// How it behaves as a port of the bridge it belongs to, or of `master`.
  public var port: BridgePort?
  /// What it does as a bridge, which it must be; not together with `port`.
  public var bridge: BridgeOptions?
  /// Alias.
  public var alias: String?
  /// Group.
  public var group: UInt32?
  /// Largest packet in bytes.
  public var mtu: UInt32?
  /// Hardware address, 48 bits in the low end.
  public var mac: UInt64?
  /// Whether the kernel makes itself an IPv6 link-local address there when the interface goes up (addr_gen_mode `eui64`
  /// or `none`). An address that is there already is left alone.
  public var hasLinkLocal: Bool?

  /// Whether `hasLinkLocal` is to be false; false leaves it alone.
  public var isWithoutIPv6: Bool {
    get { hasLinkLocal == false }
    set { hasLinkLocal = newValue ? false : nil }
  }

  /// Nothing but what is given.
  public init(
    isUp: Bool? = nil, master: Int32? = nil, alias: String? = nil, group: UInt32? = nil, mtu: UInt32? = nil,
    mac: UInt64? = nil, hasLinkLocal: Bool? = nil
  ) {
    self.isUp = isUp
    self.master = master
    self.alias = alias
    self.group = group
    self.mtu = mtu
    self.mac = mac
    self.hasLinkLocal = hasLinkLocal
  }

  /// The messages that it takes, in their order. Most changes are one.
  ///
  /// The kernel takes the behaviour of a port from a member alone, and makes a link-local address while it reads a
  /// message, before it looks whether one is wanted. So an interface joins its bridge first, and goes up last.
  var steps: [LinkChange] {
    var (joining, rest, rising) = (LinkChange(), self, LinkChange())
    if port != nil { swap(&joining.master, &rest.master) }
    if hasLinkLocal != nil, isUp == true { swap(&rising.isUp, &rest.isUp) }
    return [joining, rest, rising].filter { $0 != LinkChange() }
  }

  func put(_ message: inout MessageBuilder, ipv6: Bool) {
    if let mac { message.hardwareAddress(IFLA_ADDRESS, mac) }
    if let mtu { message.number(IFLA_MTU, mtu) }
    if let group { message.number(IFLA_GROUP, group) }
    if let alias { message.text(IFLA_IFALIAS, alias) }
    if let master { message.number(IFLA_MASTER, UInt32(bitPattern: master)) }
    port?.put(&message)
    bridge?.put(&message)
    guard let hasLinkLocal, ipv6 else { return }
    message.nest(IFLA_AF_SPEC) { family in
      family.nest(Int(AF_INET6)) {
        // IN6_ADDR_GEN_MODE_EUI64 and IN6_ADDR_GEN_MODE_NONE (linux/if_link.h).
        $0.byte(IFLA_INET6_ADDR_GEN_MODE, hasLinkLocal ? 0 : 1)
      }
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
