import Failure
import Foundation
import Glibc
import IPC
import Linux
import Testing

@Suite struct DescriptorTests {
  private func pair() throws -> (Descriptor, Descriptor) {
    var ends = try UnixSocket.pair(.packets)
    let first = try #require(ends.take(0).map { DescriptorCell($0) })
    let second = try #require(ends.take(1).map { DescriptorCell($0) })
    return (try take(first), try take(second))
  }

  private func take(_ cell: DescriptorCell) throws -> Descriptor {
    guard let descriptor = cell.take() else { throw Errno(EBADF) }
    return descriptor
  }

  private func pipe() throws -> (Descriptor, Descriptor) {
    var ends: [Int32] = [-1, -1]
    try #require(Glibc.pipe(&ends) == 0)
    return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
  }

  @Test func aDescriptorIsHandedOver() throws {
    let (one, other) = try pair()
    let (reading, writing) = try pipe()
    try Packets.send([1, 2, 3], numbers: [writing.raw], to: one.raw)
    var buffer = [UInt8](repeating: 0, count: 64)
    var packet = try Packets.receive(into: &buffer, maxDescriptors: 1, from: other.raw)
    #expect(packet.length == 3)
    guard let copy = packet.descriptors.take(0) else {
      Issue.record("no descriptor came")
      return
    }
    #expect(fcntl(copy.raw, F_GETFD) & FD_CLOEXEC != 0)
    #expect(write(copy.raw, "x", 1) == 1)
    #expect(read(reading.raw, &buffer, 1) == 1)
    #expect(packet.descriptors.take(0) == nil)
  }

  @Test func moreDescriptorsThanRoomAreRefusedAndClosed() throws {
    let (one, other) = try pair()
    let (reading, writing) = try pipe()
    try Packets.send([1], numbers: [writing.raw, writing.raw], to: one.raw)
    var buffer = [UInt8](repeating: 0, count: 64)
    #expect(throws: Errno(EMSGSIZE)) { _ = try Packets.receive(into: &buffer, maxDescriptors: 1, from: other.raw) }
    try Packets.send([1], numbers: [writing.raw], to: one.raw)
    #expect(throws: Errno(EMSGSIZE)) { _ = try Packets.receive(into: &buffer, maxDescriptors: 0, from: other.raw) }
    // The pipe ends when its last writer is closed: no copy may be left.
    close(writing.release())
    #expect(read(reading.raw, &buffer, 1) == 0)
  }

  @Test func aPacketLongerThanTheBufferIsRefused() throws {
    let (one, other) = try pair()
    try Packets.send([UInt8](repeating: 1, count: 65), to: one.raw)
    var buffer = [UInt8](repeating: 0, count: 64)
    #expect(throws: Errno(EMSGSIZE)) { _ = try Packets.receive(into: &buffer, maxDescriptors: 0, from: other.raw) }
  }

  @Test func thePeerIsWhomTheKernelSays() throws {
    let (one, _) = try pair()
    let peer = try PeerCredentials(of: one.raw)
    #expect(peer.pid == getpid() && peer.uid == geteuid() && peer.gid == getegid())
  }

  @Test func answersAreMatchedToTheirQuestions() throws {
    let (one, other) = try pair()
    let server = DescriptorCell(other)
    let thread = Thread {
      guard let socket = server.take() else { return }
      var buffer = [UInt8](repeating: 0, count: Wire.maxFrame)
      for round in 0..<3 {
        guard let packet = try? Packets.receive(into: &buffer, maxDescriptors: 0, from: socket.raw) else { return }
        var decoder = Decoder(Array(buffer.prefix(packet.length)))
        guard let header = try? Frame.header(&decoder) else { return }
        let bytes: [UInt8]? =
          switch round {
          case 0: try? Frame.encode(FrameHeader(id: header.id, verb: header.verb, kind: .reply), Empty())
          case 1: Frame.encodeRefusal(id: header.id, verb: header.verb, Failure(.notFound, step: "look", cause: "gone"))
          default: try? Frame.encode(FrameHeader(id: header.id &+ 1, verb: header.verb, kind: .reply), Empty())
          }
        try? Packets.send(bytes ?? [], to: socket.raw)
      }
    }
    thread.start()
    var connection = Connection(one, peer: "test")
    _ = try connection.call(Detach(handle: 1))
    #expect(throws: Failure(.notFound, step: "look", cause: "gone")) { _ = try connection.call(Detach(handle: 1)) }
    do {
      _ = try connection.call(Detach(handle: 1))
      Issue.record("an answer to another question was taken")
    } catch { #expect(error.code == .protocol) }
    do {
      _ = try connection.call(Detach(handle: 1))
      Issue.record("a closed connection answered")
    } catch { #expect(error.code == .unavailable) }
  }
}
