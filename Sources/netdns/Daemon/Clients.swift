import Failure
import Glibc
import IPC
import IPCFrames
import IPCNames
import Linux
import NetworkPlan

/// Those who say what VMs are called and what domain lists have: their connections, and what the protocol permits on them.
/// Whether it is believed, `Told` knows.
final class Clients {
  /// Most connections; one user gets at most half of them.
  static let most = 64
  /// Bytes of answers that may lie unread: a few hundred of them.
  private static let mostUnread: Int32 = 64 << 10

  /// How long nothing is read from whoever asks too often, in milliseconds: it would cost as much as to serve it.
  private static let pause: Int64 = 50
  /// For how long a refusal to a client is the only one in the log, in milliseconds.
  private static let quiet: Int64 = 1000

  /// Nil where it cannot be listened.
  private let listener: ServiceListener?
  private let log: JournalLog
  private var all: [Client] = []
  private var rates = RequestRates(perSecond: 2000)
  private var buffer = [UInt8](repeating: 0, count: Wire.maxFrame)
  private var next = 0

  init(_ listener: consuming ServiceListener?, log: JournalLog) {
    self.listener = listener
    self.log = log
  }

  deinit { if let ownPath { unlink(ownPath) } }

  private var ownPath: String? {
    switch listener {
    case .some(let listener): listener.ownPath
    case .none: nil
    }
  }

  /// Where they arrive; poll(2) skips a negative number.
  private var arrivals: Int32 {
    switch listener {
    case .some(let listener): listener.socket.raw
    case .none: -1
    }
  }

  /// The numbers of the sockets, for `poll(2)`: where they arrive, then each of them; negative for those that wait.
  func sockets(now: Int64) -> [Int32] {
    [arrivals] + all.map { now < $0.pausedUntil ? -1 : $0.socket.raw }
  }

  /// When somebody is to be closed for its silence, or to be read again; nil for never.
  func nextDue(now: Int64) -> Int64? {
    let silent = all.filter { !$0.hasGreeted }.map(\.greetBy)
    return (silent + all.map(\.pausedUntil).filter { $0 > now }).min()
  }

  /// Takes one packet of each that is readable, then those who arrive.
  /// - Parameters:
  ///   - isReady: for each of `sockets`.
  ///   - hasPorts: whether netd says that a user has ports.
  /// - Returns: whether anything new was said, or somebody has left.
  func serve(_ isReady: [Bool], _ told: inout Told, now: Int64, hasPorts: (UInt32) -> Bool) -> Bool {
    var isChanged = false
    for (client, isReady) in zip(all, isReady.dropFirst()) where isReady {
      isChanged = serve(client, &told, now: now) || isChanged
    }
    for client in all where !client.hasGreeted && now >= client.greetBy { cut(client, "no greeting") }
    for client in all where client.isDone {
      told.leave(client.number)
      isChanged = true
    }
    all.removeAll(where: \.isDone)
    if isReady.first == true { accept(now: now, hasPorts: hasPorts) }
    rates.trim(above: all.count, now: now)
    return isChanged
  }

  private func accept(now: Int64, hasPorts: (UInt32) -> Bool) {
    do {
      guard let socket = try UnixSocket.accept(arrivals) else { return }
      let peer = try PeerCredentials(of: socket.raw)
      let own = all.count { $0.peer.uid == peer.uid }
      let unnamed = all.count { !$0.hasGreeted && $0.peer.uid != 0 }
      let asker: Places.Asker = peer.uid == 0 ? .root : hasPorts(peer.uid) ? .known : .other
      guard Places(most: Self.most).admits(asker, own: own, unnamed: unnamed, all: all.count) else {
        log.write(.warning, "connection of uid \(peer.uid) refused: it has \(own) of \(Self.most)")
        return
      }
      next += 1
      all.append(Client(socket, peer, number: next, now: now))
    } catch { log.write(.error, "cannot accept a connection: \(error)") }
  }

  private func serve(_ client: Client, _ told: inout Told, now: Int64) -> Bool {
    do {
      let packet = try Packets.receive(into: &buffer, maxDescriptors: 0, from: client.socket.raw)
      guard packet.length > 0 else {
        client.isDone = true
        return false
      }
      return try answer(Array(buffer.prefix(packet.length)), client, &told, now: now)
    } catch let error as Errno where error.isAgain {
      return false
    } catch let error as Errno where error.code == EMSGSIZE {
      cut(client, "oversized frame or descriptors")
    } catch let error as WireError {
      cut(client, "malformed frame: \(error)")
    } catch { client.isDone = true }
    return false
  }

  private func cut(_ client: Client, _ why: String) {
    client.isDone = true
    log.write(.warning, "\(client.text) is cut off: \(why)")
  }

  // MARK: One packet

  private func answer(_ packet: [UInt8], _ client: Client, _ told: inout Told, now: Int64) throws -> Bool {
    var decoder = Decoder(packet)
    let header = try Frame.header(&decoder)
    guard header.kind == .request, let verb = NamesVerb(rawValue: header.verb), client.hasGreeted == (verb != .greet)
    else {
      cut(client, "verb \(header.verb) is unknown or out of phase")
      return false
    }
    let uid = client.peer.uid
    var isNew = false
    switch verb {
    case .greet:
      try run(Greet.self, header, &decoder, client, now) { request throws(Failure) in try greet(request, client) }
    case .name:
      try run(TellName.self, header, &decoder, client, now) { request throws(Failure) in
        isNew = try told.take(request, uid: uid, by: client.number)
        return Empty()
      }
    case .domains:
      try run(TellDomains.self, header, &decoder, client, now) { request throws(Failure) in
        isNew = try told.take(request, uid: uid, by: client.number)
        return Empty()
      }
    }
    return isNew
  }

  private func greet(_ request: Greet, _ client: Client) throws(Failure) -> Greet.Reply {
    client.name = String(request.client.filter { !$0.isNewline })
    guard request.oldest <= NamesVersion.newest, request.newest >= NamesVersion.oldest,
      request.oldest <= request.newest
    else {
      client.isDone = true
      throw Failure(
        .protocol, operation: "agree on a version", object: "netdns \(Release.version)",
        cause: "it speaks protocol \(NamesVersion.oldest) to \(NamesVersion.newest), "
          + "the client \(request.oldest) to \(request.newest)", remedy: "install the same release of both")
    }
    client.hasGreeted = true
    var reply = Greet.Reply()
    reply.version = min(request.newest, NamesVersion.newest)
    reply.server = Release.version
    return reply
  }

  /// Reads a request and sends the answer to it.
  private func run<R: Request>(
    _ type: R.Type, _ header: FrameHeader, _ decoder: inout Decoder, _ client: Client, _ now: Int64,
    _ body: (R) throws(Failure) -> R.Reply
  ) throws {
    let request = try Frame.body(R.self, &decoder)
    var bytes: [UInt8]
    do throws(Failure) {
      try admit(client, now: now)
      let reply = try body(request)
      bytes = (try? Frame.encode(FrameHeader(id: header.id, verb: header.verb, kind: .reply), reply)) ?? []
    } catch {
      note(error, client, now: now)
      bytes = Frame.encodeRefusal(id: header.id, verb: header.verb, error)
    }
    do throws(Errno) { try Packets.send(bytes, to: client.socket.raw) } catch {
      return cut(client, "it does not take its answers: \(error)")
    }
    if Packets.unread(by: client.socket.raw) > Self.mostUnread { cut(client, "answers are not read") }
  }

  private func admit(_ client: Client, now: Int64) throws(Failure) {
    guard !rates.take(uid: client.peer.uid, now: now) else { return }
    client.pausedUntil = now + Self.pause
    throw Failure(
      .unavailable, operation: "ask netdns", object: "user \(client.peer.uid)",
      cause: "it asks more than \(rates.perSecond) times a second", remedy: "ask more slowly")
  }

  private func note(_ refusal: Failure, _ client: Client, now: Int64) {
    guard now >= client.quietUntil else {
      client.unsaid += 1
      return
    }
    let more = client.unsaid == 0 ? "" : " (and \(client.unsaid) times before)"
    log.write(.info, "refused to \(client.text): \(refusal)\(more)")
    client.unsaid = 0
    client.quietUntil = now + Self.quiet
  }
}
