import CMnl
public import Failure
import Glibc

/// Where IPv4 packets go, and the routes that the kernel makes for the subnet of an interface's address.
extension RouteSocket {
  /// The IPv4 subnets of the main table that are reached directly by an interface of that number.
  public mutating func subnets(of index: Int32) throws(Failure) -> Set<InterfaceAddress> {
    Set(try targets(by: index).filter { !$0.hasGateway }.map(\.subnet))
  }

  /// The targets of the main table's IPv4 routes, and the interfaces by which they are reached; no default route.
  public mutating func targets() throws(Failure) -> Set<InterfaceAddress> {
    Set(try targets(by: nil).map(\.subnet).filter { $0.prefix > 0 })
  }

  private typealias Target = (subnet: InterfaceAddress, hasGateway: Bool)

  private mutating func targets(by index: Int32?) throws(Failure) -> [Target] {
    let main = UInt32(RT_TABLE_MAIN.rawValue)
    do {
      return try kernel.dump(RTM_GETROUTE, operation: "list routes", object: index.map { "\($0)" } ?? "") { message in
        var header = rtmsg()
        header.rtm_family = UInt8(AF_INET)
        header.rtm_table = UInt8(main)
        message.header(header)
        if let index { message.number(Int(RTA_OIF.rawValue), UInt32(bitPattern: index)) }
      } _: {
        Self.target($0, table: main)
      }
    } catch let failure {
      // A namespace has no main table before its first route.
      if failure.errno == ENOENT { return [] }
      throw failure
    }
  }

  private static func target(_ message: MessageReader, table: UInt32) -> Target? {
    guard let header = message.body(rtmsg.self), header.rtm_family == UInt8(AF_INET),
      header.rtm_type == UInt8(RTN_UNICAST)
    else { return nil }
    var (target, out, hasGateway): (UInt32, Int32, Bool) = (0, 0, false)
    var own = UInt32(header.rtm_table)
    for attribute in message.attributes(after: MemoryLayout<rtmsg>.size) {
      switch attribute.type {
      case Int(RTA_DST.rawValue): target = attribute.address
      case Int(RTA_OIF.rawValue): out = Int32(bitPattern: attribute.number)
      case Int(RTA_GATEWAY.rawValue), Int(RTA_VIA.rawValue): hasGateway = true
      case Int(RTA_TABLE.rawValue): own = attribute.number
      default: break
      }
    }
    guard own == table else { return nil }
    return (InterfaceAddress(index: out, address: target, prefix: header.rtm_dst_len), hasGateway)
  }

  /// Makes the route that belongs to an address, as the kernel does when the address comes.
  public mutating func addSubnet(of address: InterfaceAddress, object: String) throws(Failure) {
    try kernel.request(RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_REPLACE, operation: "add route", object: object) {
      message in
      var header = rtmsg()
      header.rtm_family = UInt8(AF_INET)
      header.rtm_dst_len = address.prefix
      header.rtm_table = UInt8(RT_TABLE_MAIN.rawValue)
      header.rtm_protocol = UInt8(RTPROT_KERNEL)
      header.rtm_scope = UInt8(RT_SCOPE_LINK.rawValue)
      header.rtm_type = UInt8(RTN_UNICAST)
      message.header(header)
      message.address(Int(RTA_DST.rawValue), address.subnet)
      message.address(Int(RTA_PREFSRC.rawValue), address.address)
      message.number(Int(RTA_OIF.rawValue), UInt32(bitPattern: address.index))
    }
  }
}

extension InterfaceAddress {
  /// The first address of its subnet.
  public var subnet: UInt32 { prefix == 0 ? 0 : address & UInt32.max << UInt32(32 - min(prefix, 32)) }
}
