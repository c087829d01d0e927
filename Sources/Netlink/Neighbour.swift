import CMnl
import Glibc

/// An entry of the forwarding table of a bridge or a VXLAN (linux/neighbour.h).
struct Neighbour {
  /// Number of the port or of the VXLAN interface.
  let index: Int32
  /// NUD_* of the entry.
  let state: UInt16
  /// NTF_* of the entry.
  let flags: UInt8
  /// Number of the bridge whose entry it is, 0 for an entry of the interface itself.
  private(set) var master: Int32 = 0
  /// Hardware address, 48 bits in the low end.
  private(set) var mac: UInt64?
  /// Whether it is the copy for one VLAN: a kernel with CONFIG_BRIDGE_VLAN_FILTERING makes one for each VLAN of a port,
  /// which is VLAN 1 by default, and uses it where the bridge filters VLANs.
  private(set) var isOfVLAN = false
  /// IPv4 address of a VXLAN's peer in host byte order.
  private(set) var peer: UInt32?

  init?(_ message: MessageReader) {
    guard let header = message.body(ndmsg.self), header.ndm_family == UInt8(AF_BRIDGE) else { return nil }
    index = header.ndm_ifindex
    state = header.ndm_state
    flags = header.ndm_flags
    for attribute in message.attributes(after: MemoryLayout<ndmsg>.size) {
      switch attribute.type {
      case NDA_LLADDR where attribute.bytes.count == 6: mac = attribute.hardwareAddress
      case NDA_VLAN: isOfVLAN = true
      case NDA_MASTER: master = Int32(bitPattern: attribute.number)
      case NDA_DST where attribute.bytes.count == 4: peer = attribute.address
      default: break
      }
    }
  }

  static func header(of index: Int32, state: UInt16, flags: UInt8) -> ndmsg {
    var header = ndmsg()
    header.ndm_family = UInt8(AF_BRIDGE)
    header.ndm_ifindex = index
    header.ndm_state = state
    header.ndm_flags = flags
    return header
  }
}
