import CLinux
import Foundation
import Glibc
import IPC
import IPCFrames
import IPCNames
import Linux
import Testing

@testable import netdns

extension RealDnsmasq {
  /// Who has a connection, and for how long: with a clock that is a number.
  @Suite struct PlacesTests {
    private final class Peer {
      private let socket: Descriptor
      init(_ socket: consuming Descriptor) { self.socket = socket }
      var raw: Int32 { socket.raw }
      /// Whether the other end has not closed it.
      var isOpen: Bool {
        var buffer = [UInt8](repeating: 0, count: 1024)
        while true {
          let got = recv(raw, &buffer, buffer.count, Int32(MSG_DONTWAIT))
          if got <= 0 { return got < 0 && errno == EAGAIN }
        }
      }
    }

    /// Clients of several users, in turns.
    private final class Room {
      private let path = "/tmp/places-" + UUID().uuidString.prefix(8)
      private let clients: Clients
      private var told = Told(linger: 100)
      var owners: Set<UInt32> = []
      var now: Int64 = 0

      init() throws {
        let listener = try ServiceListener.open(path, given: DescriptorList(), group: "nogroup", mode: 0o660)
        clients = Clients(listener, log: JournalLog(program: "places"))
      }

      /// - Returns: whether there is something to look at.
      @discardableResult
      func turn() -> Bool {
        var polls = clients.sockets(now: now).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        _ = poll(&polls, nfds_t(polls.count), 0)
        return clients.serve(polls.map { $0.revents != 0 }, &told, now: now, owners: owners)
      }

      /// One that has greeted, if it was let in.
      func connect(_ uid: UInt32) throws -> Peer {
        let path = path
        let cell = try Host.onThread {
          try Errno.check(clinux_thread_identity(uid, 65_534))
          return DescriptorCell(try UnixSocket.connect(path, .packets))
        }
        guard let socket = cell.take() else { throw Errno(EBADF) }
        let peer = Peer(socket)
        turn()
        try? Packets.send(
          try Frame.encode(FrameHeader(id: 1, verb: 1, kind: .request), Greet(client: "\(uid)")), to: peer.raw)
        turn()
        return peer
      }

      func say(_ peer: Peer) throws -> Bool {
        let request = TellName(vm: VMIdentity(high: 1, low: 1), network: "default", name: "web")
        try Packets.send(try Frame.encode(FrameHeader(id: 2, verb: 2, kind: .request), request), to: peer.raw)
        return turn()
      }
    }

    /// Users that have no port have 40 places, and keep them only as long as nobody else needs one.
    @Test func whoIsSilentAndHasNoPortMakesRoom() throws {
      let room = try Room()
      var all: [Peer] = []
      for uid in [64_301, 64_302, 64_303] as [UInt32] {
        for _ in 0..<(uid == 64_303 ? 8 : 16) { all.append(try room.connect(uid)) }
        room.now += 1
      }
      func refused(_ uid: UInt32) throws -> Bool { try !room.connect(uid).isOpen }
      #expect(try refused(64_304) && refused(64_301))
      room.now = 119_999
      #expect(try refused(64_304))
      // The second user's have ports, the first user's first has said something.
      room.owners = [64_302]
      #expect(try room.say(all[0]))
      room.now = 120_002
      let late = try room.connect(64_304)
      #expect(late.isOpen)
      let open = all.indices.filter { all[$0].isOpen }
      #expect(open == [0] + Array(2..<40))
    }

    /// Who comes and goes without a word about a VM costs nobody a look at all that was said.
    @Test func whoHasSaidNothingLeavesNothingToDo() throws {
      let room = try Room()
      do {
        let silent = try room.connect(64_301)
        #expect(silent.isOpen)
      }
      #expect(!room.turn())
      do {
        let speaker = try room.connect(64_301)
        #expect(try room.say(speaker))
      }
      #expect(room.turn())
    }
  }
}
