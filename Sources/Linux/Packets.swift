import CLinux
import Glibc

/// What one `recvmsg` brought.
public struct Packet: ~Copyable {
  /// Bytes of the payload. 0 means that the peer has closed.
  public let length: Int
  /// Descriptors that came along, in order.
  public var descriptors: DescriptorList
}

/// A short list of owned descriptors; those not taken are closed with it.
public struct DescriptorList: ~Copyable {
  private var numbers: [Int32] = []

  /// An empty list.
  public init() {}

  /// Takes ownership of raw numbers.
  public init(owning numbers: [Int32]) { self.numbers = numbers }

  deinit { for number in numbers where number >= 0 { close(number) } }

  /// How many it has held since it was made, taken ones included.
  public var count: Int { numbers.count }

  /// The numbers, for a `sendmsg` that copies them; ownership stays here.
  public var raw: [Int32] { numbers }

  /// Adds one at the end.
  public mutating func append(_ descriptor: consuming Descriptor) { numbers.append(descriptor.release()) }

  /// Takes the one at `index`; nil if it is not there or was taken before.
  public mutating func take(_ index: Int) -> Descriptor? {
    guard numbers.indices.contains(index), numbers[index] >= 0 else { return nil }
    defer { numbers[index] = -1 }
    return Descriptor(owning: numbers[index])
  }
}

/// Sends and receives whole packets with descriptors (SCM_RIGHTS, unix(7)).
public enum Packets {
  /// Most descriptors in one packet.
  public static let maxDescriptors = 64

  /// Sends one packet. The kernel copies the descriptors in `numbers`; the originals stay the caller's.
  public static func send(_ bytes: [UInt8], numbers: [Int32] = [], to socket: Int32) throws(Errno) {
    let sent = clinux_send(socket, bytes, bytes.count, numbers, numbers.count)
    if sent < 0 { throw Errno(Int32(-sent)) }
    if sent != bytes.count { throw Errno(EMSGSIZE) }
  }

  /// Bytes that the other end of a socket has not read yet (SIOCOUTQ, unix(7)).
  public static func unread(by socket: Int32) -> Int32 {
    var bytes: Int32 = 0
    return ioctl(socket, UInt(TIOCOUTQ), &bytes) == 0 ? bytes : 0
  }

  /// Receives one packet into `buffer`, accepting at most `maxDescriptors` descriptors.
  ///
  /// With 0 there is no control buffer: whatever a peer attaches is dropped by the kernel and the packet is refused.
  /// - Throws: `EMSGSIZE` if payload or descriptors did not fit (MSG_TRUNC, MSG_CTRUNC).
  public static func receive(
    into buffer: inout [UInt8], maxDescriptors: Int, from socket: Int32
  ) throws(Errno) -> Packet {
    var numbers = [Int32](repeating: -1, count: maxDescriptors)
    var count = maxDescriptors
    var truncated: Int32 = 0
    let got = buffer.withUnsafeMutableBytes { place in
      clinux_receive(socket, place.baseAddress, place.count, &numbers, &count, &truncated)
    }
    if got < 0 { throw Errno(Int32(-got)) }
    let descriptors = DescriptorList(owning: Array(numbers.prefix(count)))
    if truncated != 0 { throw Errno(EMSGSIZE) }
    return Packet(length: got, descriptors: descriptors)
  }
}
