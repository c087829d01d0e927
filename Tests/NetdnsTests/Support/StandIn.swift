import Failure
import Foundation
import Glibc
import IPC
import IPCFrames
import IPCNames
import IPCPeer
import Linux
import Synchronization

/// What a stand-in for netd says.
struct Model: Sendable {
  var generation: UInt64 = 1
  var shards: [Shards.Entry] = []
  var names: [NameEntry] = []
  var profiles: [ListEntry] = []

  var leases: [Leases.Entry] { names.map(\.lease) + profiles.map(\.lease) }
}

/// Speaks netd's naming verbs out of a value, on a thread of its own; and, as a supervisor, says to netdns what is called
/// how, on another one.
final class StandIn: Sendable {
  private let model: Mutex<Model>
  private let path: String
  private let wake: [Int32]
  private let isEnding = Atomic(false)
  private let ended = DispatchSemaphore(value: 0)

  /// - Parameter names: where netdns listens.
  init(_ path: String, _ model: Model, names: String) throws {
    self.model = Mutex(model)
    self.path = path
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Errno(errno) }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    wake = ends
    let listener = DescriptorCell(try UnixSocket.listen(path, .packets, mode: 0o666))
    chmod(path, 0o666)
    Thread { [self] in
      if let socket = listener.take() { serve(socket) }
      ended.signal()
    }.start()
    Thread { [self] in
      speak(names)
      ended.signal()
    }.start()
  }

  /// Says everything on each new connection and after each change.
  private func speak(_ path: String) {
    while !isEnding.load(ordering: .sequentiallyConsistent) {
      do throws(Failure) {
        var netdns = try Connection.open(path, peer: "netdns")
        _ = try netdns.call(Greet(client: "stand-in"))
        var said: UInt64?
        while !isEnding.load(ordering: .sequentiallyConsistent) {
          let model = model.withLock { $0 }
          if said != model.generation {
            for name in model.names { _ = try netdns.call(name.told) }
            for list in model.profiles { _ = try netdns.call(list.told) }
            said = model.generation
          }
          var entry = pollfd(fd: netdns.raw, events: Int16(POLLIN), revents: 0)
          if poll(&entry, 1, 20) > 0 { break }
        }
      } catch { usleep(20_000) }
    }
  }

  /// Changes what it says, and tells those who wait.
  func change(_ body: (inout Model) -> Void) {
    model.withLock { model in
      body(&model)
      model.generation += 1
    }
    var byte: UInt8 = 1
    _ = write(wake[1], &byte, 1)
  }

  /// Goes away as a netd does that is stopped.
  func end() {
    guard !isEnding.exchange(true, ordering: .sequentiallyConsistent) else { return }
    var byte: UInt8 = 1
    _ = write(wake[1], &byte, 1)
    for _ in 0..<2 { ended.wait() }
    unlink(path)
    for number in wake { close(number) }
  }

  private final class Client {
    let socket: Descriptor
    var watch: (id: UInt32, generation: UInt64)?
    init(_ socket: consuming Descriptor) { self.socket = socket }
  }

  private static func accept(_ listener: Int32) throws -> Client? {
    guard let socket = try UnixSocket.accept(listener) else { return nil }
    return Client(socket)
  }

  private func serve(_ listener: borrowing Descriptor) {
    var clients: [Client] = []
    var buffer = [UInt8](repeating: 0, count: Wire.maxFrame)
    while !isEnding.load(ordering: .sequentiallyConsistent) {
      var polls = ([listener.raw, wake[0]] + clients.map { $0.socket.raw }).map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      _ = poll(&polls, nfds_t(polls.count), 1000)
      var byte: UInt8 = 0
      while read(wake[0], &byte, 1) == 1 {}
      var gone: Set<Int> = []
      for (index, client) in clients.enumerated() where polls[index + 2].revents != 0 {
        do {
          let packet = try Packets.receive(into: &buffer, maxDescriptors: 0, from: client.socket.raw)
          guard packet.length > 0 else { throw WireError.tooShort }
          try answer(Array(buffer.prefix(packet.length)), client)
        } catch { gone.insert(index) }
      }
      clients = clients.indices.filter { !gone.contains($0) }.map { clients[$0] }
      if polls[0].revents != 0, let client = try? Self.accept(listener.raw) { clients.append(client) }
      let generation = model.withLock { $0.generation }
      for client in clients {
        guard let watch = client.watch, watch.generation != generation else { continue }
        client.watch = nil
        var reply = Watch()
        reply.generation = generation
        try? send(reply, watch.id, Watch.verb, client)
      }
    }
  }

  private func answer(_ packet: [UInt8], _ client: Client) throws {
    var decoder = Decoder(packet)
    let header = try Frame.header(&decoder)
    let model = model.withLock { $0 }
    switch header.verb {
    case Hello.verb:
      var reply = Hello.Reply()
      reply.version = NetdVersion.newest
      try send(reply, header.id, header.verb, client)
    case Watch.verb: client.watch = (header.id, try Frame.body(Watch.self, &decoder).generation)
    case Shards.verb:
      _ = try Frame.body(Shards.self, &decoder)
      var reply = Shards.Reply()
      reply.entries = model.shards
      try send(reply, header.id, header.verb, client)
    case Leases.verb:
      let start = Int(try Frame.body(Leases.self, &decoder).cursor)
      var reply = Leases.Reply()
      // Small pages, so that there are several.
      reply.entries = Array(model.leases.dropFirst(start).prefix(2))
      if start + 2 < model.leases.count { reply.next = UInt32(start + 2) }
      try send(reply, header.id, header.verb, client)
    default: throw WireError.badValue
    }
  }

  private func send<M: Message>(_ reply: M, _ id: UInt32, _ verb: UInt16, _ client: Client) throws {
    try Packets.send(try Frame.encode(FrameHeader(id: id, verb: verb, kind: .reply), reply), to: client.socket.raw)
  }
}
