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
  /// How long whoever has no port may be silent, in milliseconds, and still have a place that another one wants.
  private static let idle: Int64 = 120_000
  /// What a list of domains counts as: to read one takes a good part of a millisecond.
  private static let costOfDomains = 10

  /// Nil where it cannot be listened.
  private let listener: ServiceListener?
  private let log: JournalLog
  private var all: [Client] = []
  private var rates = RequestRates(perSecond: 2000)
  private var lines = UserLines()
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
  ///   - owners: the users of whom netd says that they have ports.
  /// - Returns: whether anything new was said, or somebody has left who had said something.
  func serve(_ isReady: [Bool], _ told: inout Told, now: Int64, owners: Set<UInt32>) -> Bool {
    var isChanged = false
    for (client, isReady) in zip(all, isReady.dropFirst()) where isReady {
      isChanged = serve(client, &told, now: now) || isChanged
    }
    for client in all where !client.hasGreeted && now >= client.greetBy { cut(client, "no greeting", now: now) }
    if isReady.first == true { accept(now: now, owners) }
    for client in all where client.isDone && client.hasSaid {
      told.leave(client.number)
      isChanged = true
    }
    all.removeAll(where: \.isDone)
    rates.trim(above: all.count, now: now)
    lines.trim(above: Self.most, now: now)
    return isChanged
  }

  private func accept(now: Int64, _ owners: Set<UInt32>) {
    do {
      guard let socket = try UnixSocket.accept(arrivals) else { return }
      let peer = try PeerCredentials(of: socket.raw)
      guard admits(peer, owners) || makeRoom(for: peer, owners, now: now) else {
        let own = all.count { $0.peer.uid == peer.uid }
        say(
          .warning, peer.uid, now: now,
          "connection of uid \(peer.uid) refused: it has \(own), and all users have \(all.count) of \(Self.most)")
        return
      }
      next += 1
      all.append(Client(socket, peer, number: next, now: now))
    } catch { log.write(.error, "cannot accept a connection: \(error)") }
  }

  /// Whether there is a place for a user, or would be without one that has it.
  private func admits(_ peer: PeerCredentials, _ owners: Set<UInt32>, without other: Client? = nil) -> Bool {
    let others = all.filter { !$0.isDone && $0 !== other }
    let asker: Places.Asker = peer.uid == 0 ? .root : owners.contains(peer.uid) ? .known : .other
    return Places(most: Self.most).admits(
      asker, own: others.count { $0.peer.uid == peer.uid },
      unnamed: others.count { !$0.hasGreeted && $0.peer.uid != 0 }, all: others.count)
  }

  /// Takes the place of who has been silent longest, has no port, and so needs none.
  private func makeRoom(for peer: PeerCredentials, _ owners: Set<UInt32>, now: Int64) -> Bool {
    let idle = all.filter { client in
      !client.isDone && client.hasGreeted && now - client.heardAt >= Self.idle && client.peer.uid != 0
        && !owners.contains(client.peer.uid)
    }
    guard let oldest = idle.min(by: { $0.heardAt < $1.heardAt }), admits(peer, owners, without: oldest) else {
      return false
    }
    oldest.isDone = true
    return true
  }

  private func serve(_ client: Client, _ told: inout Told, now: Int64) -> Bool {
    do {
      let packet = try Packets.receive(into: &buffer, maxDescriptors: 0, from: client.socket.raw)
      guard packet.length > 0 else {
        client.isDone = true
        return false
      }
      client.heardAt = now
      return try answer(Array(buffer.prefix(packet.length)), client, &told, now: now)
    } catch let error as Errno where error.isAgain {
      return false
    } catch let error as Errno where error.code == EMSGSIZE {
      cut(client, "oversized frame or descriptors", now: now)
    } catch let error as WireError {
      cut(client, "malformed frame: \(error)", now: now)
    } catch { client.isDone = true }
    return false
  }

  private func cut(_ client: Client, _ why: String, now: Int64) {
    client.isDone = true
    say(.warning, client.peer.uid, now: now, "\(client.text) is cut off: \(why)")
  }

  private func say(_ level: JournalLog.Level, _ uid: UInt32, now: Int64, _ text: @autoclosure () -> String) {
    if let more = lines.admit(uid: uid, now: now) { log.write(level, text() + more) }
  }

  // MARK: One packet

  private func answer(_ packet: [UInt8], _ client: Client, _ told: inout Told, now: Int64) throws -> Bool {
    var decoder = Decoder(packet)
    let header = try Frame.header(&decoder)
    guard header.kind == .request, let verb = NamesVerb(rawValue: header.verb), client.hasGreeted == (verb != .greet)
    else {
      cut(client, "verb \(header.verb) is unknown or out of phase", now: now)
      return false
    }
    let uid = client.peer.uid
    // A list costs the same whatever it holds: that is known only when it is read.
    if let refusal = refusal(to: client, cost: verb == .domains ? Self.costOfDomains : 1, now: now) {
      refuse(refusal, header, client, now: now)
      return false
    }
    var isNew = false
    switch verb {
    case .greet:
      try run(Greet.self, header, &decoder, client, now) { request throws(Failure) in try greet(request, client) }
    case .name:
      try run(TellName.self, header, &decoder, client, now) { request throws(Failure) in
        client.hasSaid = true
        isNew = try told.take(request, uid: uid, by: client.number)
        return Empty()
      }
    case .domains:
      try run(TellDomains.self, header, &decoder, client, now) { request throws(Failure) in
        client.hasSaid = true
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
    let reply: R.Reply
    do throws(Failure) { reply = try body(request) } catch {
      return refuse(error, header, client, now: now)
    }
    let bytes = try? Frame.encode(FrameHeader(id: header.id, verb: header.verb, kind: .reply), reply)
    send(bytes ?? [], client, now: now)
  }

  private func refuse(_ refusal: Failure, _ header: FrameHeader, _ client: Client, now: Int64) {
    say(.info, client.peer.uid, now: now, "refused to \(client.text): \(refusal)")
    send(Frame.encodeRefusal(id: header.id, verb: header.verb, refusal), client, now: now)
  }

  private func send(_ bytes: [UInt8], _ client: Client, now: Int64) {
    do throws(Errno) { try Packets.send(bytes, to: client.socket.raw) } catch {
      return cut(client, "it does not take its answers: \(error)", now: now)
    }
    if Packets.unread(by: client.socket.raw) > Self.mostUnread { cut(client, "answers are not read", now: now) }
  }

  /// Nil if the client may ask; it is asked before anything of it is read but its head.
  private func refusal(to client: Client, cost: Int, now: Int64) -> Failure? {
    guard !rates.take(uid: client.peer.uid, cost: cost, now: now) else { return nil }
    client.pausedUntil = now + Self.pause
    return Failure(
      .unavailable, operation: "ask netdns", object: "user \(client.peer.uid)",
      cause: "it asks more than \(rates.perSecond) times a second, "
        + "where a list of domains counts as \(Self.costOfDomains)",
      remedy: "ask more slowly")
  }
}
