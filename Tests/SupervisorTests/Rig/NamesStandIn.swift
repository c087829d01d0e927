import Failure
import Foundation
import Glibc
import IPC
import IPCFrames
import IPCNames
import Linux
import Synchronization

/// Stands where netdns would be told names and domain lists, and notes them.
final class NamesStandIn: Sendable {
  private struct Heard {
    var names: [VMIdentity: String] = [:]
    var domains: [UInt32: [String]] = [:]
    /// VMs whose names were taken back.
    var nameless: Set<VMIdentity> = []
    /// What nobody may be called.
    var refused = ""
    /// How many names come too fast.
    var tooFast = 0
    var connections = 0
  }

  private let heard = Mutex(Heard())
  private let isEnding = Atomic(false)
  private let ended = DispatchSemaphore(value: 0)
  private let path: String

  /// - Parameter refused: what nobody may be called.
  init(_ path: String, refusing refused: String = "") throws {
    self.path = path
    heard.withLock { $0.refused = refused }
    let listener = DescriptorCell(try UnixSocket.listen(path, .packets, mode: 0o666))
    chmod(path, 0o666)
    Thread { [self] in
      if let socket = listener.take() { serve(socket) }
      ended.signal()
    }.start()
  }

  /// What VMs are called.
  var names: [String] { heard.withLock { $0.names.values.sorted() } }
  /// VMs whose names were taken back.
  var nameless: Set<VMIdentity> { heard.withLock { $0.nameless } }
  /// From now on anybody may be called as they like.
  func permit() { heard.withLock { $0.refused = "" } }
  /// The next so many names come too fast.
  func hurry(_ count: Int) { heard.withLock { $0.tooFast = count } }
  /// How often somebody has greeted.
  var connections: Int { heard.withLock { $0.connections } }
  /// Domains, by the number of their list.
  var domains: [UInt32: [String]] { heard.withLock { $0.domains } }

  /// Goes away.
  func end() {
    isEnding.store(true, ordering: .sequentiallyConsistent)
    ended.wait()
    unlink(path)
  }

  private func serve(_ listener: borrowing Descriptor) {
    var clients: [Client] = []
    while !isEnding.load(ordering: .sequentiallyConsistent) {
      var polls = ([listener.raw] + clients.map(\.raw)).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&polls, nfds_t(polls.count), 50) > 0 else { continue }
      var left: [Client] = []
      for (index, client) in clients.enumerated() where polls[index + 1].revents == 0 || answer(client.raw) {
        left.append(client)
      }
      clients = left
      if polls[0].revents != 0, let client = try? Client.accept(listener.raw) { clients.append(client) }
    }
  }

  private final class Client {
    private let socket: Descriptor
    var raw: Int32 { socket.raw }
    private init(_ socket: consuming Descriptor) { self.socket = socket }

    static func accept(_ listener: Int32) throws -> Client? {
      guard let socket = try UnixSocket.accept(listener) else { return nil }
      return Client(socket)
    }
  }

  /// Answers one packet; false if the other end has gone.
  private func answer(_ socket: Int32) -> Bool {
    var buffer = [UInt8](repeating: 0, count: Wire.maxFrame)
    do {
      let packet = try Packets.receive(into: &buffer, maxDescriptors: 0, from: socket)
      guard packet.length > 0 else { return false }
      var decoder = Decoder(Array(buffer.prefix(packet.length)))
      let header = try Frame.header(&decoder)
      let back = FrameHeader(id: header.id, verb: header.verb, kind: .reply)
      switch NamesVerb(rawValue: header.verb) {
      case .greet:
        _ = try Frame.body(Greet.self, &decoder)
        heard.withLock { $0.connections += 1 }
        try Packets.send(try Frame.encode(back, Greet.Reply()), to: socket)
      case .name:
        let request = try Frame.body(TellName.self, &decoder)
        let isTooFast = heard.withLock { heard in
          heard.tooFast -= 1
          return heard.tooFast >= 0
        }
        guard !isTooFast else {
          let why = Failure(.unavailable, operation: "ask netdns", cause: "it asks too often")
          try Packets.send(Frame.encodeRefusal(id: header.id, verb: header.verb, why), to: socket)
          return true
        }
        guard request.name.isEmpty || request.name != heard.withLock({ $0.refused }) else {
          let why = Failure(.exists, operation: "serve name", object: request.name, cause: "another user has it")
          try Packets.send(Frame.encodeRefusal(id: header.id, verb: header.verb, why), to: socket)
          return true
        }
        heard.withLock { heard in
          heard.names[request.vm] = request.name.isEmpty ? nil : request.name
          if request.name.isEmpty { heard.nameless.insert(request.vm) }
        }
        try Packets.send(try Frame.encode(back, Empty()), to: socket)
      case .domains:
        let request = try Frame.body(TellDomains.self, &decoder)
        heard.withLock { $0.domains[request.list] = request.domains.isEmpty ? nil : request.domains }
        try Packets.send(try Frame.encode(back, Empty()), to: socket)
      case nil: return false
      }
      return true
    } catch { return false }
  }
}
