/// A network as root configured it: shards of one bridge and one /24 each.
struct Network: Hashable, Sendable {
  /// Where its packets may go.
  enum Mode: Sendable {
    /// Out, with the host's address.
    case nat
    /// Out and in, with their own addresses.
    case routed
    /// Nowhere but to each other and the gateway.
    case isolated
    /// Wherever the segment outside leads, which has gateway, DHCP and DNS of its own.
    case external
  }

  /// A segment that spans hosts over IP (VXLAN, RFC 7348).
  struct Overlay: Hashable, Sendable {
    let vni: UInt32
    /// IPv4 addresses in host byte order.
    let local: UInt32
    let peers: Set<UInt32>
    let port: UInt16
  }

  /// Largest packet where neither configuration nor uplink say another one, in bytes.
  static let defaultMTU: UInt16 = 1500

  let name: String
  /// First address of the subnet in host byte order.
  let base: UInt32
  /// Length of the subnet's prefix in bits, at most 24.
  let prefix: UInt8
  let shards: Int
  let bridge: String
  let tapPrefix: String
  /// Host numbers that this host gives out.
  var hosts: ClosedRange<UInt8> = 2...254
  /// Largest packet in bytes; 0 in a configuration means the uplink's.
  var mtu: UInt16 = 0
  var mode = Mode.nat
  var arePeersAllowed = true
  /// Upper 48 bits of the IPv6 addresses; nil for no IPv6.
  var prefix6: UInt64?
  /// Physical interface that is a port of the bridge, or carries the VLAN that is.
  var uplink: String?
  /// VLAN id on the uplink, 0 for none (IEEE 802.1Q).
  var vlan: UInt16 = 0
  var overlay: Overlay?

  init(
    name: String, base: UInt32, prefix: UInt8, shards: Int, bridge: String = "br-procurator", tapPrefix: String = "pcr"
  ) {
    self.name = name
    self.base = base
    self.prefix = prefix
    self.shards = shards
    self.bridge = bridge
    self.tapPrefix = tapPrefix
  }
}
