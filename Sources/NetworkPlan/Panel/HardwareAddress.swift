package import Failure
package import IPC

/// Hardware addresses of 48 bits.
package enum HardwareAddress {
  /// Whether it is of one station: not of a group (the first bit on the wire; IEEE 802), not nobody's.
  package static func isUnicast(_ mac: UInt64) -> Bool { mac != 0 && mac >> 48 == 0 && mac >> 40 & 1 == 0 }

  /// Whether somebody has given it, and not the maker of a device (the second bit on the wire; IEEE 802).
  package static func isLocal(_ mac: UInt64) -> Bool { mac >> 41 & 1 == 1 }

  /// Whether it begins as those do that netd makes of IPv4 addresses: of guests and bridges (02:50), and of TAPs (fe:50).
  package static func isDerived(_ mac: UInt64) -> Bool { [0x0250, 0xfe50].contains(mac >> 32) }
}

extension Layout {
  /// The hardware address of the guest behind a TAP.
  /// - Parameter tag: What the TAP's alias is to say.
  package func mac(_ slot: Slot, _ tag: Tag) -> UInt64 { tag.mac ?? mac(slot) }
}

extension Panel {
  /// The hardware address of a slot's guest, now or should it get one.
  package func mac(_ slot: Slot) -> UInt64 { lease(slot)?.mac ?? layout.mac(slot) }

  /// All that a NIC needs to know.
  package func port(_ slot: Slot) -> PortAddress {
    var port = layout.port(slot)
    port.mac = mac(slot)
    return port
  }

  /// The hardware address that a NIC is to have, if its owner may choose it; nil for the slot's own.
  /// - Parameters:
  ///   - mac: as on the wire: 0 for none.
  ///   - network: where the NIC is to be.
  /// - Throws: `.invalid` for one that no guest can have, `.exists` for one that another port has.
  package func chosen(_ mac: UInt64, for owner: Owner, in network: String) throws(Failure) -> UInt64? {
    if mac == 0 { return nil }
    let remedy = "choose another one such as 52:54:00:12:34:56, or none to get the slot's own"
    guard HardwareAddress.isUnicast(mac) else {
      throw Failure(
        .invalid, operation: "attach port", object: Layout.text(mac: mac),
        cause: "the hardware address is not of one station: the lowest bit of its first byte is set", remedy: remedy)
    }
    guard !HardwareAddress.isDerived(mac) else {
      throw Failure(
        .invalid, operation: "attach port", object: Layout.text(mac: mac),
        cause: "hardware addresses that begin with 02:50 or fe:50 are made of IPv4 addresses, by netd alone",
        remedy: remedy)
    }
    // Others than ours are in such a network, routers among them, and nobody here knows their addresses.
    let place = layout.networks.firstIndex { $0.name == network }
    guard HardwareAddress.isLocal(mac) || place.map({ layout.trunks(network: $0).isEmpty }) ?? true else {
      throw Failure(
        .invalid, operation: "attach port", object: Layout.text(mac: mac),
        cause: "it is one of those that makers give to devices, and other hosts are in the network \(network)",
        remedy: remedy)
    }
    if let slot = slot(mac: mac), slot != self.slot(of: owner) { throw Self.isTaken(mac, by: "another port") }
    return mac
  }

  /// The refusal of a hardware address that somebody else has.
  package static func isTaken(_ mac: UInt64, by whom: String) -> Failure {
    Failure(
      .exists, operation: "attach port", object: Layout.text(mac: mac), cause: "\(whom) has this hardware address",
      remedy: "choose another one, or none to get the slot's own")
  }
}
