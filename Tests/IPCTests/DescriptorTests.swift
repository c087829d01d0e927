import Failure
import Foundation
import Glibc
import IPC
import IPCFrames
import IPCPeer
import Linux
import Testing

@Suite struct DescriptorTests {
  private struct Ends: ~Copyable {
    let one: Descriptor
    let other: Descriptor
  }

  private func pair() throws -> Ends { try ends(UnixSocket.pair(.packets)) }

  /// Reading end first.
  private func pipe() throws -> Ends {
    var numbers: [Int32] = [-1, -1]
    guard Glibc.pipe(&numbers) == 0 else { throw Errno(errno) }
    return try ends(DescriptorList(owning: numbers))
  }

  private func ends(_ list: consuming DescriptorList) throws -> Ends {
    guard let one = list.take(0), let other = list.take(1) else { throw Errno(EBADF) }
    return Ends(one: one, other: other)
  }

  /// Behind a full queue of a listener that lets nobody in connect(2) would never come back.
  @Test func whoIsLetInByNobodyGivesUp() throws {
    let path = "/tmp/full-" + UUID().uuidString.prefix(8)
    let listener = try UnixSocket.listen(path, .packets, mode: 0o600, backlog: 1)
    defer { unlink(path) }
    var waiting = DescriptorList(owning: [])
    var failure: Failure?
    let end = Date().addingTimeInterval(20)
    while failure == nil, Date() < end {
      do throws(Failure) { waiting.append(try UnixSocket.connect(path, .packets, seconds: 1)) } catch {
        failure = error
      }
    }
    #expect(failure?.errno == EAGAIN && waiting.count <= 3)
    _ = consume listener
  }

  /// Whoever may reach an abstract name is asked nothing: it has no mode.
  @Test func aListenerHasAPlaceInTheFileSystem() throws {
    let socket = Descriptor(
      owning: socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0))
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // The family alone: the kernel chooses an abstract name (unix(7), autobind).
    let length = socklen_t(MemoryLayout<sa_family_t>.size)
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket.raw, $0, length) }
    }
    try #require(bound == 0 && listen(socket.raw, 1) == 0)
    let refusal = try #require(throws: Failure.self) { try UnixSocket.checkListener(socket.raw, .packets) }
    #expect(refusal.code == .invalid && refusal.cause.contains("with a path"))
  }

  @Test func whatStandsInForASocketIsLeftAsItIs() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/give-\(UUID())"
    try Files.makeFolders(folder)
    defer { try? Files.removeFolder(folder) }
    let precious = folder + "/precious"
    try Files.replace(precious, with: [1])
    symlink(precious, folder + "/netd.sock")
    for name in ["netd.sock", "precious"] {
      let refusal = try #require(throws: Failure.self) {
        try UnixSocket.give(folder + "/" + name, owner: 12345, group: "12345", mode: 0o666)
      }
      #expect(refusal.code == .denied, "\(refusal)")
    }
    var facts = stat()
    #expect(stat(precious, &facts) == 0 && facts.st_mode & 0o777 == 0o600 && facts.st_uid == geteuid())
  }

  @Test func aDescriptorIsHandedOver() throws {
    let pair = try pair()
    let pipe = try pipe()
    try Packets.send([1, 2, 3], numbers: [pipe.other.raw], to: pair.one.raw)
    var buffer = [UInt8](repeating: 0, count: 64)
    var packet = try Packets.receive(into: &buffer, maxDescriptors: 1, from: pair.other.raw)
    #expect(packet.length == 3)
    guard let copy = packet.descriptors.take(0) else { throw Errno(EBADF) }
    #expect(fcntl(copy.raw, F_GETFD) & FD_CLOEXEC != 0)
    #expect(write(copy.raw, "x", 1) == 1)
    #expect(read(pipe.one.raw, &buffer, 1) == 1)
    if packet.descriptors.take(0) != nil { Issue.record("a descriptor was taken twice") }
  }

  @Test func moreDescriptorsThanRoomAreRefusedAndClosed() throws {
    let pair = try pair()
    let pipe = try pipe()
    try Packets.send([1], numbers: [pipe.other.raw, pipe.other.raw], to: pair.one.raw)
    var buffer = [UInt8](repeating: 0, count: 64)
    #expect(throws: Errno(EMSGSIZE)) { _ = try Packets.receive(into: &buffer, maxDescriptors: 1, from: pair.other.raw) }
    try Packets.send([1], numbers: [pipe.other.raw], to: pair.one.raw)
    #expect(throws: Errno(EMSGSIZE)) { _ = try Packets.receive(into: &buffer, maxDescriptors: 0, from: pair.other.raw) }
    // The pipe ends when its last writer is closed: no copy may be left.
    let reading = pipe.one
    let writing = pipe.other
    _ = consume writing
    #expect(read(reading.raw, &buffer, 1) == 0)
  }

  @Test func aPacketLongerThanTheBufferIsRefused() throws {
    let pair = try pair()
    try Packets.send([UInt8](repeating: 1, count: 65), to: pair.one.raw)
    var buffer = [UInt8](repeating: 0, count: 64)
    #expect(throws: Errno(EMSGSIZE)) { _ = try Packets.receive(into: &buffer, maxDescriptors: 0, from: pair.other.raw) }
  }

  @Test func thePeerIsWhomTheKernelSays() throws {
    let pair = try pair()
    let peer = try PeerCredentials(of: pair.one.raw)
    #expect(peer.pid == getpid() && peer.uid == geteuid() && peer.gid == getegid())
  }

  @Test func answersAreMatchedToTheirQuestions() throws {
    let pair = try pair()
    let server = DescriptorCell(pair.other)
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
          case 1:
            Frame.encodeRefusal(id: header.id, verb: header.verb, Failure(.notFound, operation: "look", cause: "gone"))
          default: try? Frame.encode(FrameHeader(id: header.id &+ 1, verb: header.verb, kind: .reply), Empty())
          }
        try? Packets.send(bytes ?? [], to: socket.raw)
      }
    }
    thread.start()
    var connection = Connection(pair.one, peer: "test")
    _ = try connection.call(Detach(handle: 1))
    #expect(throws: Failure(.notFound, operation: "look", cause: "gone")) { _ = try connection.call(Detach(handle: 1)) }
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
