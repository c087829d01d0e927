import IPC
import IPCFrames

/// A guest, by what it was given.
final class Guest {
  let vm: VMIdentity
  let port: PortAddress
  let cable: Cable

  init(_ vm: VMIdentity, _ port: PortAddress, _ cable: Cable) {
    self.vm = vm
    self.port = port
    self.cable = cable
  }

  /// Asks by ARP who has an address (RFC 826).
  func question(about address: UInt32) -> [UInt8] { arp(1, to: Frame.broadcast, about: address) }

  /// Tells another guest that this one has its address.
  func answer(to other: Guest) -> [UInt8] { arp(2, to: other.port.mac, about: other.port.address) }

  private func arp(_ operation: UInt8, to mac: UInt64, about address: UInt32) -> [UInt8] {
    Frame.ethernet(
      to: mac, from: port.mac, type: 0x0806,
      [0, 1, 8, 0, 6, 4, 0, operation] + Frame.bytes(port.mac, 6) + Frame.bytes(UInt64(port.address), 4)
        + Frame.bytes(operation == 2 ? mac : 0, 6) + Frame.bytes(UInt64(address), 4))
  }

  /// The largest packet that the network carries: UDP without a checksum, all zeros behind its header.
  func packet(to other: Guest) -> [UInt8] {
    let length = Int(port.mtu)
    var header: [UInt8] =
      [0x45, 0] + Frame.bytes(UInt64(length), 2) + [0, 1, 0, 0, 64, 17, 0, 0]
      + Frame.bytes(UInt64(port.address), 4) + Frame.bytes(UInt64(other.port.address), 4)
    var sum: UInt32 = 0
    for start in stride(from: 0, to: header.count, by: 2) {
      sum += UInt32(header[start]) << 8 | UInt32(header[start + 1])
    }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    header.replaceSubrange(10..<12, with: Frame.bytes(UInt64(~sum & 0xffff), 2))
    let datagram: [UInt8] = [0, 7, 0, 7] + Frame.bytes(UInt64(length - 20), 2) + [0, 0]
    let data = [UInt8](repeating: 0, count: length - 28)
    return Frame.ethernet(to: other.port.mac, from: port.mac, type: 0x0800, header + datagram + data)
  }
}

/// Ethernet frames, byte by byte.
enum Frame {
  static let broadcast: UInt64 = 0xffff_ffff_ffff

  static func bytes(_ number: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * (count - 1 - $0))) }
  }

  /// A frame, at least as long as Ethernet wants it (60 bytes without checksum).
  static func ethernet(to: UInt64, from: UInt64, type: UInt16, _ payload: [UInt8]) -> [UInt8] {
    let frame = bytes(to, 6) + bytes(from, 6) + bytes(UInt64(type), 2) + payload
    return frame + [UInt8](repeating: 0, count: max(0, 60 - frame.count))
  }

  /// The same frame in a VLAN: the tag stands behind the addresses (IEEE 802.1Q, 0x8100; 802.1ad, 0x88a8).
  static func tagged(_ frame: [UInt8], _ vlan: UInt16, protocol type: UInt16 = 0x8100) -> [UInt8] {
    Array(frame.prefix(12)) + bytes(UInt64(type), 2) + bytes(UInt64(vlan), 2) + frame.dropFirst(12)
  }
}
