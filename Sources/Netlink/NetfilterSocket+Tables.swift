import CMnl
public import Failure
import Glibc

/// A family of tables (NFPROTO_*, linux/netfilter.h).
public enum TableFamily: UInt8, Sendable {
  /// IPv4 and IPv6.
  case inet = 1
  /// Frames on bridges.
  case bridge = 7
}

extension NetfilterSocket {
  /// The packets that each named counter of a table has seen; none if there is no such table.
  public mutating func counters(table: String, _ family: TableFamily) throws(Failure) -> [(
    name: String, packets: UInt64
  )] {
    try kernel.dump(Self.type(NFT_MSG_GETOBJ), operation: "read firewall counters", object: table) { message in
      message.header(Self.header(family))
      message.text(Int(NFTA_OBJ_TABLE.rawValue), table)
      message.number(Int(NFTA_OBJ_TYPE.rawValue), UInt32(NFT_OBJECT_COUNTER).bigEndian)
    } _: { message in
      Self.counter(message)
    }
  }

  private static func counter(_ message: MessageReader) -> (name: String, packets: UInt64)? {
    var name = ""
    var packets: UInt64?
    for attribute in message.attributes(after: MemoryLayout<nfgenmsg>.size) {
      if attribute.type == Int(NFTA_OBJ_NAME.rawValue) { name = attribute.text }
      guard attribute.type == Int(NFTA_OBJ_DATA.rawValue) else { continue }
      for value in attribute.nested where value.type == Int(NFTA_COUNTER_PACKETS.rawValue) {
        packets = UInt64(bigEndian: value.long)
      }
    }
    return packets.map { (name, $0) }
  }

  static func type(_ message: nf_tables_msg_types) -> Int {
    Int(NFNL_SUBSYS_NFTABLES) << 8 | Int(message.rawValue)
  }

  static func header(_ family: TableFamily) -> nfgenmsg {
    nfgenmsg(nfgen_family: family.rawValue, version: UInt8(NFNETLINK_V0), res_id: 0)
  }
}
