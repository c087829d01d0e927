import Failure
import Foundation
import Glibc
import Linux

/// A guest that consists of a TAP: whole frames, made and read by hand.
final class Guest {
  let mac: [UInt8]
  var address: UInt32
  let gateway: UInt32
  private let tap: Descriptor
  private var gatewayMAC: [UInt8]?
  /// Length of the header before each frame (struct virtio_net_hdr, linux/virtio_net.h).
  private static let header = 10

  init(_ tap: consuming Descriptor, address: UInt32, gateway: UInt32, mac: [UInt8]? = nil) {
    self.tap = tap
    self.address = address
    self.gateway = gateway
    self.mac = mac ?? [0x02, 0x50] + Bytes.of(address)
    _ = fcntl(self.tap.raw, F_SETFL, O_NONBLOCK)
  }

  // MARK: Frames

  func send(_ frame: [UInt8]) {
    let bytes = [UInt8](repeating: 0, count: Self.header) + frame
    _ = write(tap.raw, bytes, bytes.count)
  }

  /// The next frame that `pick` finds something in; nil when the time is over. Answers who asks for our address.
  func receive<Value>(seconds: Double, _ pick: ([UInt8]) -> Value?) -> Value? {
    let end = Date().addingTimeInterval(seconds)
    var buffer = [UInt8](repeating: 0, count: 4096)
    while Date() < end {
      var entry = pollfd(fd: tap.raw, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, 20) > 0 else { continue }
      let got = read(tap.raw, &buffer, buffer.count)
      guard got > Self.header + 14 else { continue }
      let frame = Array(buffer[Self.header..<got])
      if let value = pick(frame) { return value }
      answerARP(frame)
    }
    return nil
  }

  private func answerARP(_ frame: [UInt8]) {
    guard frame.count >= 42, frame[12...13] == [8, 6], frame[21] == 1, Array(frame[38..<42]) == Bytes.of(address) else {
      return
    }
    let asker = Array(frame[22..<32])
    send(
      Array(frame[6..<12]) + mac + [8, 6, 0, 1, 8, 0, 6, 4, 0, 2] + mac + Bytes.of(address) + asker)
  }

  private func findGateway() throws -> [UInt8] {
    if let gatewayMAC { return gatewayMAC }
    let question: [UInt8] = [8, 6, 0, 1, 8, 0, 6, 4, 0, 1] + mac + Bytes.of(address) + [0, 0, 0, 0, 0, 0]
    for _ in 0..<10 {
      send([UInt8](repeating: 255, count: 6) + mac + question + Bytes.of(gateway))
      let found: [UInt8]? = receive(seconds: 0.5) { frame in
        guard frame.count >= 42, frame[12...13] == [8, 6], frame[21] == 2 else { return nil }
        return Array(frame[28..<32]) == Bytes.of(self.gateway) ? Array(frame[22..<28]) : nil
      }
      if let found {
        gatewayMAC = found
        return found
      }
    }
    throw Failure(.timeout, operation: "ask for the gateway", cause: "nobody answers")
  }

  // MARK: UDP

  /// Sends a datagram; to everybody if `target` is nil.
  func sendUDP(_ payload: [UInt8], from source: UInt16, to target: UInt32?, port: UInt16) throws {
    let hardware = target == nil ? [UInt8](repeating: 255, count: 6) : try findGateway()
    var packet: [UInt8] = [0x45, 0] + Bytes.of(UInt16(28 + payload.count)) + [0, 0, 0, 0, 64, 17, 0, 0]
    packet += Bytes.of(target == nil ? 0 : address) + Bytes.of(target ?? .max)
    let sum = Bytes.of(Self.checksum(packet))
    (packet[10], packet[11]) = (sum[0], sum[1])
    let datagram = Bytes.of(source) + Bytes.of(port) + Bytes.of(UInt16(8 + payload.count)) + [0, 0] + payload
    send(hardware + mac + [8, 0] + packet + datagram)
  }

  /// The payload of a datagram to `port`, and who sent it.
  func receiveUDP(on port: UInt16, seconds: Double, _ pick: @escaping ([UInt8]) -> Bool = { _ in true }) -> [UInt8]? {
    receive(seconds: seconds) { frame in
      guard frame.count > 42, frame[12...13] == [8, 0], frame[23] == 17, Array(frame[36..<38]) == Bytes.of(port) else {
        return nil
      }
      let length = Int(frame[38]) << 8 | Int(frame[39])
      guard length >= 8, frame.count >= 34 + length else { return nil }
      let payload = Array(frame[42..<34 + length])
      return pick(payload) ? payload : nil
    }
  }

  static func checksum(_ bytes: [UInt8]) -> UInt16 {
    var sum: UInt32 = 0
    for index in stride(from: 0, to: bytes.count, by: 2) { sum += UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1]) }
    while sum >> 16 != 0 { sum = sum & 0xffff + sum >> 16 }
    return ~UInt16(sum)
  }
}

/// Numbers as the network writes them.
enum Bytes {
  static func of<I: FixedWidthInteger>(_ number: I) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }
}
