import CMnl
public import Failure
import Glibc

/// An IPv4 address of an interface.
public struct InterfaceAddress: Hashable, Sendable {
  /// Number of the interface.
  public let index: Int32
  /// The address in host byte order.
  public let address: UInt32
  /// Length of the subnet's prefix in bits.
  public let prefix: UInt8

  /// Makes one.
  public init(index: Int32, address: UInt32, prefix: UInt8) {
    self.index = index
    self.address = address
    self.prefix = prefix
  }

  init?(_ message: MessageReader) {
    guard let header = message.body(ifaddrmsg.self), header.ifa_family == UInt8(AF_INET) else { return nil }
    var address: UInt32 = 0
    for attribute in message.attributes(after: MemoryLayout<ifaddrmsg>.size) where attribute.type == IFA_LOCAL {
      address = attribute.address
    }
    self.init(index: Int32(bitPattern: header.ifa_index), address: address, prefix: header.ifa_prefixlen)
  }
}

extension RouteSocket {
  /// Gives an interface an IPv4 address. No error if it has it already.
  public mutating func addAddress(_ address: InterfaceAddress, object: String) throws(Failure) {
    try kernel.request(RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_REPLACE, operation: "add address", object: object) {
      message in
      var header = ifaddrmsg()
      header.ifa_family = UInt8(AF_INET)
      header.ifa_prefixlen = address.prefix
      header.ifa_index = UInt32(bitPattern: address.index)
      message.header(header)
      message.address(IFA_LOCAL, address.address)
      message.address(IFA_ADDRESS, address.address)
      let hosts: UInt32 = address.prefix == 0 ? .max : UInt32.max >> UInt32(address.prefix)
      if address.prefix < 31 { message.address(IFA_BROADCAST, address.address | hosts) }
    }
  }

  /// All IPv4 addresses of the namespace.
  public mutating func addresses() throws(Failure) -> [InterfaceAddress] {
    try kernel.dump(RTM_GETADDR, operation: "list addresses") { message in
      var header = ifaddrmsg()
      header.ifa_family = UInt8(AF_INET)
      message.header(header)
    } _: {
      InterfaceAddress($0)
    }
  }
}
