package import Linux

/// A network card as a seed describes it: what netd granted.
package struct SeedCard: Hashable, Sendable {
  package var nic: UInt8
  /// 48 bits.
  package var mac: UInt64
  package var address: UInt32
  /// Bits of the network's part of `address`.
  package var prefix: UInt8
  /// 0: nobody leads out of this network.
  package var gateway: UInt32
  /// Largest packet; 0 for the usual one.
  package var mtu: UInt16
  /// nil if the network has none.
  package var address6: IPv6Address?

  package init(
    nic: UInt8, mac: UInt64, address: UInt32, prefix: UInt8, gateway: UInt32, mtu: UInt16, address6: IPv6Address? = nil
  ) {
    self.nic = nic
    self.mac = mac
    self.address = address
    self.prefix = prefix
    self.gateway = gateway
    self.mtu = mtu
    self.address6 = address6
  }
}
