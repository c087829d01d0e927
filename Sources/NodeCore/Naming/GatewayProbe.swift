import Glibc
package import Linux

/// Where the guests of one shard of a network ask for names.
package struct Gateway: Hashable, Sendable {
  package var network: String
  package var shard: UInt16
  /// In host byte order.
  package var address: UInt32
}

/// What came of a question to a gateway.
package enum GatewayAnswer: Hashable, Sendable {
  /// The dnsmasq of netdns for this network.
  case served
  /// A name server that knows nothing of netdns.
  case other
  /// Nothing listens there.
  case closed
  /// Nothing came in time.
  case silent
  /// This host does not have the address.
  case absent
  /// This process may not ask.
  case unknown(Errno)
}

/// Asks gateways over UDP, all at once. It blocks, for `timeout` at most, and needs no privilege.
struct GatewayProbe {
  /// Milliseconds that an answer may take, and after which the question is asked once more: a packet may get lost, and a
  /// dnsmasq that is just being told new hosts is busy for a moment.
  static let timeout: Int64 = 2000
  private static let pause: Int64 = 500
  /// Gateways that are asked at the same time; a host has at most 64 shards.
  private static let most = 64
  /// Port of DNS (RFC 1035, section 4.2).
  private static let port: UInt16 = 53

  private final class Asked {
    let gateway: Gateway
    let question: GatewayQuestion
    let socket: Descriptor
    var answer: GatewayAnswer?

    init(_ gateway: Gateway, _ socket: consuming Descriptor) {
      self.gateway = gateway
      self.socket = socket
      question = GatewayQuestion(network: gateway.network, id: .random(in: 1 ... .max))
    }
  }

  /// What each of them answers.
  func ask(_ gateways: Set<Gateway>) -> [Gateway: GatewayAnswer] {
    var answers: [Gateway: GatewayAnswer] = [:]
    var asked: [Asked] = []
    for gateway in gateways.sorted(by: { $0.address < $1.address }).prefix(Self.most) {
      do throws(Errno) { asked.append(Asked(gateway, try open(gateway.address))) } catch {
        answers[gateway] = error.code == EADDRNOTAVAIL ? .absent : .unknown(error)
      }
    }
    let end = Clock.now() + Self.timeout
    var next = Clock.now()
    while asked.contains(where: { $0.answer == nil }) {
      let now = Clock.now()
      if now >= end { break }
      if now >= next {
        for one in asked where one.answer == nil { send(one) }
        next = now + Self.pause
      }
      listen(asked.filter { $0.answer == nil }, until: min(end, next))
    }
    for one in asked { answers[one.gateway] = one.answer ?? .silent }
    return answers
  }

  /// A socket of the gateway's own address: whoever does not have it is on another host or in another network namespace,
  /// and must not send the question anywhere.
  private func open(_ address: UInt32) throws(Errno) -> Descriptor {
    let number = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard number >= 0 else { throw Errno(errno) }
    let descriptor = Descriptor(owning: number)
    guard Self.at(address, 0, { bind(number, $0, $1) }) == 0 else { throw Errno(errno) }
    guard Self.at(address, Self.port, { connect(number, $0, $1) }) == 0 else { throw Errno(errno) }
    return descriptor
  }

  private static func at(
    _ address: UInt32, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = port.bigEndian
    place.sin_addr.s_addr = address.bigEndian
    return withUnsafePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }

  private func send(_ one: Asked) {
    let packet = one.question.packet
    guard Glibc.send(one.socket.raw, packet, packet.count, Int32(MSG_NOSIGNAL)) < 0 else { return }
    note(errno, one)
  }

  private func listen(_ waiting: [Asked], until end: Int64) {
    var polls = waiting.map { pollfd(fd: $0.socket.raw, events: Int16(POLLIN), revents: 0) }
    guard poll(&polls, nfds_t(polls.count), Int32(clamping: max(0, end - Clock.now()))) > 0 else { return }
    for (one, entry) in zip(waiting, polls) where entry.revents != 0 {
      // Longest answer without EDNS, which is not asked for.
      var buffer = [UInt8](repeating: 0, count: 512)
      let count = recv(one.socket.raw, &buffer, buffer.count, 0)
      guard count >= 0 else {
        note(errno, one)
        continue
      }
      let packet = Array(buffer.prefix(count))
      if one.question.isAnswered(by: packet) { one.answer = one.question.isOurs(packet) ? .served : .other }
    }
  }

  private func note(_ number: Int32, _ one: Asked) {
    switch number {
    case EAGAIN, EINTR: return
    case ECONNREFUSED: one.answer = .closed
    default: one.answer = .unknown(Errno(number))
    }
  }
}
