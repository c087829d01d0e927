import Dispatch
import Foundation
import Glibc
import Linux

@testable import Hypervisor

/// The far end of a socket pair: answers each line by a rule, on a thread of its own, until the near end closes.
final class FakePeer: Sendable {
  private let socket: Int32

  /// What the rule wants to happen.
  enum Reply: Sendable {
    case bytes([UInt8])
    case silence
    case hangUp
  }

  /// Starts one and gives the near end.
  /// - Parameter rule: gets each line without its end, and the descriptors that came since the last line.
  static func start(
    greeting: String = "", _ rule: @escaping @Sendable ([UInt8], Int) -> Reply
  ) throws -> Descriptor {
    var ends = try UnixSocket.pair(.stream)
    guard let near = ends.take(0), let far = ends.take(1) else { throw Errno(EBADF) }
    let peer = FakePeer(far)
    if !greeting.isEmpty { peer.write(Array(greeting.utf8)) }
    Thread.detachNewThread { peer.serve(rule) }
    return near
  }

  private init(_ far: consuming Descriptor) { socket = far.release() }

  func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL.magnitude)) }
      if sent <= 0 { return }
      rest = rest.dropFirst(sent)
    }
  }

  private static func receive(
    into room: inout [UInt8], from socket: Int32, _ numbers: inout [Int32]
  ) -> Int {
    guard var packet = try? Packets.receive(into: &room, maxDescriptors: 4, from: socket) else { return 0 }
    for index in 0..<packet.descriptors.count {
      if let descriptor = packet.descriptors.take(index) { numbers.append(descriptor.release()) }
    }
    return packet.length
  }

  private func serve(_ rule: ([UInt8], Int) -> Reply) {
    defer { close(socket) }
    var framer = LineFramer(limit: 1 << 24)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      var numbers: [Int32] = []
      let count = Self.receive(into: &buffer, from: socket, &numbers)
      for number in numbers { close(number) }
      let descriptors = numbers.count
      if count == 0 { return }
      for case .line(let line, _) in framer.feed(buffer[..<count]) {
        switch rule(line, descriptors) {
        case .bytes(let bytes): write(bytes)
        case .silence: break
        case .hangUp:
          shutdown(socket, Int32(SHUT_RDWR))
          return
        }
      }
    }
  }
}

/// Collects what several threads say.
actor Notes {
  private(set) var texts: [String] = []
  func add(_ text: String) { texts.append(text) }
}
