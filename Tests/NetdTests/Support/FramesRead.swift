import Glibc
import Linux

/// A frame that has arrived.
struct EthernetFrame: Hashable {
  let bytes: [UInt8]

  func number(_ at: Int, _ count: Int) -> UInt64 {
    at + count <= bytes.count ? bytes[at..<at + count].reduce(0) { $0 << 8 | UInt64($1) } : 0
  }

  /// Whether it is that frame; the padding at the end may be gone.
  func isSame(as frame: [UInt8]) -> Bool {
    frame.starts(with: bytes) && frame.dropFirst(bytes.count).allSatisfy { $0 == 0 }
  }

  var target: UInt64 { number(0, 6) }
  var source: UInt64 { number(6, 6) }
  var type: UInt16 { UInt16(number(12, 2)) }

  /// Source and target address, transport, and its ports, of an IPv4 packet without options.
  var ipv4: (source: UInt32, target: UInt32, transport: UInt8, ports: (UInt16, UInt16))? {
    guard type == 0x0800, bytes.count >= 38 else { return nil }
    return (
      UInt32(number(26, 4)), UInt32(number(30, 4)), bytes[23], (UInt16(number(34, 2)), UInt16(number(36, 2)))
    )
  }

  /// Operation, sender and target of an ARP message.
  var arp: (operation: UInt16, sender: UInt32, target: UInt32)? {
    type == 0x0806 ? (UInt16(number(20, 2)), UInt32(number(28, 4)), UInt32(number(38, 4))) : nil
  }

  /// The type of an ICMPv6 message without extension headers.
  var icmp6: UInt8? { type == 0x86dd && bytes.count > 54 && bytes[20] == 58 ? bytes[54] : nil }
}

/// What is at the other end of a TAP: a guest, or the world outside.
final class Cable {
  let name: String
  private let tap: Descriptor
  /// The header in front of each frame without offloads (struct virtio_net_hdr, linux/virtio_net.h).
  private let header = [UInt8](repeating: 0, count: 10)

  init(_ name: String, _ tap: consuming Descriptor) {
    self.name = name
    self.tap = tap
  }

  func send(_ frame: [UInt8]) throws {
    let bytes = header + frame
    guard write(tap.raw, bytes, bytes.count) == bytes.count else { throw Errno(errno) }
  }

  /// The next frame, nil if none comes in time.
  func receive(milliseconds: Int32) throws -> EthernetFrame? {
    var waiting = pollfd(fd: tap.raw, events: Int16(POLLIN), revents: 0)
    guard poll(&waiting, 1, milliseconds) > 0 else { return nil }
    var buffer = [UInt8](repeating: 0, count: 65_600)
    let count = read(tap.raw, &buffer, buffer.count)
    guard count >= header.count else { throw Errno(errno) }
    return EthernetFrame(bytes: Array(buffer[header.count..<count]))
  }

  /// The frames that arrive within a time.
  func collect(milliseconds: Int64) throws -> [EthernetFrame] {
    var frames: [EthernetFrame] = []
    let end = Clock.now() + milliseconds
    while Clock.now() < end {
      if let frame = try receive(milliseconds: Int32(max(1, end - Clock.now()))) { frames.append(frame) }
    }
    return frames
  }

  /// The frames that arrive until one does that is waited for, that one last; nil if it does not come.
  func frames(until isLast: (EthernetFrame) -> Bool, seconds: Int64 = 5) throws -> [EthernetFrame]? {
    var frames: [EthernetFrame] = []
    let end = Clock.now() + seconds * 1000
    while Clock.now() < end {
      guard let frame = try receive(milliseconds: Int32(max(1, end - Clock.now()))) else { continue }
      frames.append(frame)
      if isLast(frame) { return frames }
    }
    return nil
  }
}
