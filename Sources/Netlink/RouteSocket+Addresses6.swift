import CMnl
public import Failure
import Glibc
public import Linux

/// An IPv6 address of an interface.
public struct InterfaceAddress6: Hashable, Sendable {
  /// Number of the interface.
  public let index: Int32
  /// The address.
  public let address: IPv6Address
  /// Length of the subnet's prefix in bits.
  public let prefix: UInt8

  /// Makes one.
  public init(index: Int32, address: IPv6Address, prefix: UInt8) {
    self.index = index
    self.address = address
    self.prefix = prefix
  }

  init?(_ message: MessageReader) {
    guard let header = message.body(ifaddrmsg.self), header.ifa_family == UInt8(AF_INET6) else { return nil }
    var (own, local): (IPv6Address?, IPv6Address?) = (nil, nil)
    for attribute in message.attributes(after: MemoryLayout<ifaddrmsg>.size) {
      switch attribute.type {
      case IFA_ADDRESS: own = attribute.address6
      case IFA_LOCAL: local = attribute.address6
      default: break
      }
    }
    // With a peer the kernel tells the own address in IFA_LOCAL and the peer's in IFA_ADDRESS; without, only the latter.
    guard let address = local ?? own else { return nil }
    self.init(index: Int32(bitPattern: header.ifa_index), address: address, prefix: header.ifa_prefixlen)
  }
}

extension RouteSocket {
  /// Gives an interface an IPv6 address that is good at once: without duplicate address detection (RFC 4862), which
  /// takes a second and waits for a carrier. No error if it has it already.
  /// - Throws: EACCES if IPv6 is switched off on the interface, EOPNOTSUPP if the kernel has none.
  public mutating func addAddress6(_ address: InterfaceAddress6, object: String) throws(Failure) {
    let flags = NLM_F_CREATE | NLM_F_REPLACE
    try kernel.request(RTM_NEWADDR, flags: flags, operation: "add address", object: object) { message in
      var header = ifaddrmsg()
      header.ifa_family = UInt8(AF_INET6)
      header.ifa_prefixlen = address.prefix
      header.ifa_flags = UInt8(IFA_F_NODAD)
      header.ifa_index = UInt32(bitPattern: address.index)
      message.header(header)
      message.address(IFA_LOCAL, address.address)
    }
  }

  /// All IPv6 addresses of the namespace, those that the kernel made included.
  public mutating func addresses6() throws(Failure) -> [InterfaceAddress6] {
    try kernel.dump(RTM_GETADDR, operation: "list addresses") { message in
      var header = ifaddrmsg()
      header.ifa_family = UInt8(AF_INET6)
      message.header(header)
    } _: {
      InterfaceAddress6($0)
    }
  }
}
