@preconcurrency import Dispatch
import Failure
import Glibc
import Linux
import Synchronization

/// The TCP port at which viewers from elsewhere find one VM's screen. Nobody comes in without a password that was asked for.
final class ScreenEntrance: Sendable {
  /// Where it listens.
  let port: UInt16
  private let source: any DispatchSourceRead
  private let passwords = Mutex(OneTimePasswords())
  private let sessions = Mutex<[UInt64: ViewerSession]>([:])
  private let refusals = Mutex(Refusals())
  private let numbers = Atomic<UInt64>(0)
  private let open: @Sendable (DescriptorCell) async throws(Failure) -> Void
  private let tell: @Sendable (String) -> Void

  /// Viewers whose password is not known yet, at a time; for who comes then the one that has been silent for the longest makes room.
  private static let mostUnknown = 8
  /// All of them, at a time; who comes then is turned away.
  private static let mostSessions = 24

  /// - Parameters:
  ///   - socket: listens at `port`.
  ///   - open: makes a socket a viewer of the hypervisor.
  ///   - tell: told what people should know.
  init(
    _ socket: consuming Descriptor, port: UInt16,
    open: @escaping @Sendable (DescriptorCell) async throws(Failure) -> Void,
    tell: @escaping @Sendable (String) -> Void
  ) {
    self.port = port
    self.open = open
    self.tell = tell
    let number = socket.release()
    source = DispatchSource.makeReadSource(fileDescriptor: number, queue: DispatchQueue(label: "procurator.entrance"))
    source.setCancelHandler { close(number) }
    source.setEventHandler { [weak self] in
      while let client = (try? UnixSocket.accept(number)) ?? nil { self?.greet(client) }
    }
    source.activate()
  }

  deinit {
    source.cancel()
    let all = sessions.withLock { $0 }
    for session in all.values { session.close() }
  }

  /// A password that opens the way once.
  /// - Parameter seconds: how long.
  func issue(for seconds: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    let password = VNCPassword.random(&generator)
    passwords.withLock { $0.add(password, until: Clock.sinceBoot() + Double(seconds)) }
    return password
  }

  private struct Refusals {
    var told = -Double.infinity
    var untold = 0
  }
  /// Seconds between two that people are told of: whoever guesses is not to fill their logs.
  private static let quiet = 10.0

  private func refused(_ what: String) {
    let now = Clock.sinceBoot()
    let more: Int? = refusals.withLock { refusals in
      guard now - refusals.told >= Self.quiet else {
        refusals.untold += 1
        return nil
      }
      defer { refusals = Refusals(told: now) }
      return refusals.untold
    }
    if let more { tell(what + (more > 0 ? ", and \(more) others since the last that was said" : "")) }
  }

  private func greet(_ client: consuming Descriptor) {
    let peer = TCPSocket.peer(of: client.raw)
    Self.tune(client.raw)
    let number = numbers.wrappingAdd(1, ordering: .relaxed).newValue
    var generator = SystemRandomNumberGenerator()
    let challenge = (0..<VNCPassword.challengeLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let session = ViewerSession(
      peer: peer, challenge: challenge,
      host: ViewerSession.Host(
        judge: { [weak self] answer, challenge in
          self?.passwords.withLock { $0.judge(answer, to: challenge, now: Clock.sinceBoot()) } ?? .noneIsValid
        },
        open: { [open] () async throws(Failure) in try await Self.way(open) },
        tell: tell, refused: { [weak self] in self?.refused($0) },
        ended: { [weak self] in _ = self?.sessions.withLock { $0.removeValue(forKey: number) } }))
    let (hasRoom, oldest) = sessions.withLock { sessions -> (Bool, ViewerSession?) in
      guard sessions.count < Self.mostSessions else { return (false, nil) }
      var oldest: ViewerSession?
      if sessions.values.count(where: \.isUnknown) >= Self.mostUnknown {
        // Whoever has a password needs a moment only: the one that has said nothing for the longest makes room.
        let silent = sessions.filter { $0.value.isGreeting }.min { $0.key < $1.key }
        guard let silent else { return (false, nil) }
        oldest = sessions.removeValue(forKey: silent.key)
      }
      sessions[number] = session
      return (true, oldest)
    }
    oldest?.close()
    guard hasRoom else { return refused("a viewer at \(peer) was turned away: too many are connected") }
    session.begin(client)
  }

  /// Small messages, such as a key or a movement, are not to wait for others; and whoever has vanished is to leave the place free.
  private static func tune(_ socket: Int32) {
    let tcp = Int32(IPPROTO_TCP)
    // Seconds, and for the last one milliseconds (tcp(7)).
    let options: [(Int32, Int32, Int32)] = [
      (tcp, TCP_NODELAY, 1), (SOL_SOCKET, SO_KEEPALIVE, 1), (tcp, TCP_KEEPIDLE, 60), (tcp, TCP_KEEPINTVL, 15),
      (tcp, TCP_KEEPCNT, 4), (tcp, TCP_USER_TIMEOUT, 120_000),
    ]
    for (level, option, value) in options {
      var value = value
      setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
  }

  /// A pair of sockets, of which the hypervisor gets one.
  private static func way(
    _ open: @Sendable (DescriptorCell) async throws(Failure) -> Void
  ) async throws(Failure) -> DescriptorCell {
    let (own, other): (DescriptorCell, DescriptorCell)
    do throws(Errno) {
      var ends = try UnixSocket.pair(.stream)
      guard let one = ends.take(0), let two = ends.take(1) else { throw Errno(EBADF) }
      (own, other) = (DescriptorCell(one), DescriptorCell(two))
    } catch {
      throw error.failure("show screen of", "a viewer")
    }
    try await open(other)
    return own
  }
}
