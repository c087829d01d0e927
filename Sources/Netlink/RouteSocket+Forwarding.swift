import CMnl
public import Failure
import Glibc

/// Says behind which port of a bridge an address is.
public struct ForwardingEntry: Hashable, Sendable {
  /// Hardware address, 48 bits in the low end.
  public let mac: UInt64
  /// Number of the port.
  public let port: Int32

  /// Makes one.
  public init(mac: UInt64, port: Int32) {
    self.mac = mac
    self.port = port
  }
}

extension RouteSocket {
  /// Tells a bridge that an address is behind one of its ports, whatever it learns: the entry neither ages nor follows
  /// the address to another port (NTF_STICKY). An entry for another port is replaced.
  public mutating func addForwarding(_ entry: ForwardingEntry, object: String) throws(Failure) {
    let flags = NLM_F_CREATE | NLM_F_REPLACE
    try kernel.request(RTM_NEWNEIGH, flags: flags, operation: "add forwarding entry", object: object) { message in
      // NUD_PERMANENT instead would mean an address of the bridge itself, whose frames end there.
      let flags = UInt8(NTF_MASTER | NTF_STICKY)
      message.header(Neighbour.header(of: entry.port, state: UInt16(NUD_NOARP), flags: flags))
      message.hardwareAddress(NDA_LLADDR, entry.mac)
    }
  }

  /// Removes the entry of an address behind a port. No error if there is none.
  public mutating func deleteForwarding(_ entry: ForwardingEntry, object: String) throws(Failure) {
    do {
      try kernel.request(RTM_DELNEIGH, operation: "delete forwarding entry", object: object) { message in
        message.header(Neighbour.header(of: entry.port, state: 0, flags: UInt8(NTF_MASTER)))
        message.hardwareAddress(NDA_LLADDR, entry.mac)
      }
    } catch let failure { if failure.errno != ENOENT { throw failure } }
  }

  /// Whether a bridge has a static entry for an address behind one of its ports.
  public mutating func hasForwarding(_ entry: ForwardingEntry, bridge: Int32, object: String) throws(Failure) -> Bool {
    var isThere = false
    do {
      try kernel.exchange(RTM_GETNEIGH, flags: NLM_F_ACK, operation: "look up forwarding entry", object: object) {
        message in
        message.header(Neighbour.header(of: 0, state: 0, flags: UInt8(NTF_MASTER)))
        message.number(NDA_MASTER, UInt32(bitPattern: bridge))
        message.hardwareAddress(NDA_LLADDR, entry.mac)
      } _: { message in
        guard let found = Neighbour(message) else { return }
        isThere = found.index == entry.port && found.state == UInt16(NUD_NOARP)
      }
    } catch let failure { if failure.errno != ENOENT { throw failure } }
    return isThere
  }

  /// The static entries of a bridge, given by its number; neither learned ones nor its own addresses.
  public mutating func forwarding(bridge: Int32) throws(Failure) -> [ForwardingEntry] {
    try kernel.dump(RTM_GETNEIGH, operation: "list forwarding entries", object: "\(bridge)") { message in
      message.header(Neighbour.header(of: 0, state: 0, flags: 0))
      message.number(NDA_MASTER, UInt32(bitPattern: bridge))
    } _: { message in
      guard let neighbour = Neighbour(message), neighbour.master == bridge, neighbour.state == UInt16(NUD_NOARP),
        !neighbour.isOfVLAN, let mac = neighbour.mac
      else { return nil }
      return ForwardingEntry(mac: mac, port: neighbour.index)
    }
  }
}
