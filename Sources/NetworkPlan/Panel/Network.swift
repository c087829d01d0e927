/// A network as root configured it: shards of one bridge and one /24 each.
package struct Network: Hashable, Sendable {
  /// Where its packets may go.
  package enum Mode: Sendable {
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
  package struct Overlay: Hashable, Sendable {
    /// Number of the segment.
    package let vni: UInt32
    /// IPv4 addresses in host byte order.
    package let local: UInt32
    /// The other hosts.
    package let peers: Set<UInt32>
    /// UDP port.
    package let port: UInt16
  }

  /// Largest packet where neither configuration nor uplink say another one, in bytes.
  package static let defaultMTU: UInt16 = 1500

  /// As it is configured.
  package let name: String
  /// First address of the subnet in host byte order.
  package let base: UInt32
  /// Length of the subnet's prefix in bits, at most 24.
  package let prefix: UInt8
  /// How many /24 it has, one bridge each.
  package let shards: Int
  /// Name of the first bridge; the others have a number behind it.
  package let bridge: String
  /// What names of its TAPs begin with.
  package let tapPrefix: String
  /// Host numbers that this host gives out.
  package var hosts: ClosedRange<UInt8> = 2...254
  /// Largest packet in bytes; 0 in a configuration means the uplink's.
  package var mtu: UInt16 = 0
  /// Where its packets may go.
  package var mode = Mode.nat
  /// Whether its guests reach each other.
  package var arePeersAllowed = true
  /// Upper 48 bits of the IPv6 addresses; nil for no IPv6.
  package var prefix6: UInt64?
  /// Physical interface that is a port of the bridge, or carries the VLAN that is.
  package var uplink: String?
  /// VLAN id on the uplink, 0 for none (IEEE 802.1Q).
  package var vlan: UInt16 = 0
  /// The segment that it shares with other hosts; nil for none.
  package var overlay: Overlay?

  /// Makes one; what is not named here has its default.
  package init(
    name: String, base: UInt32, prefix: UInt8, shards: Int, bridge: String = "br-procurator", tapPrefix: String = "pcr"
  ) {
    self.name = name
    self.base = base
    self.prefix = prefix
    self.shards = shards
    self.bridge = bridge
    self.tapPrefix = tapPrefix
  }

  /// Whether a text is made of what names of bridges and interfaces may be made of here: nothing that a command or a
  /// configuration could take for its own.
  package static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".."
      && name.utf8.allSatisfy { byte in
        switch UnicodeScalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": true
        default: false
        }
      }
  }
}
