import Failure
import Hypervisor
import Linux
import Synchronization

/// One viewer from elsewhere, from its first byte to its last. It speaks to us until its password was right; what it says
/// then is carried to the hypervisor and back, byte by byte.
final class ViewerSession: Sendable {
  /// What a session asks those who made it.
  struct Host: Sendable {
    /// Judges an answer to a challenge.
    var judge: @Sendable (_ answer: [UInt8], _ challenge: [UInt8]) -> OneTimePasswords.Verdict
    /// Opens a way into the hypervisor.
    var open: @Sendable () async throws(Failure) -> DescriptorCell
    /// Told that it was let in, in words for people.
    var tell: @Sendable (String) -> Void
    /// Told that it was not.
    var refused: @Sendable (String) -> Void
    /// Told once that it is over.
    var ended: @Sendable () -> Void
  }

  /// How long a viewer may take until its password was right.
  private static let patience: Duration = .seconds(20)
  /// How long one with a wrong password is kept waiting, so that guessing takes its time.
  private static let penalty: Duration = .seconds(1)
  /// Bytes that wait for a slow side, above which the other is not read.
  private static let mostUnsent = 256 << 10
  /// Bytes that a viewer may send before it was answered.
  private static let mostEarly = 64 << 10

  private enum Phase {
    case greeting(RFBGreeting)
    /// Its password was right, and its way is being opened.
    case entering(RFBGreeting, RFBEntry, early: [UInt8])
    case relaying
    case refused
    case over
  }

  private struct State {
    var phase: Phase
    var viewer: StreamChannel?
    var machine: StreamChannel?
  }

  private let peer: String
  private let host: Host
  private let state: Mutex<State>

  /// - Parameter peer: whose it is, for people.
  init(peer: String, challenge: [UInt8], host: Host) {
    self.peer = peer
    self.host = host
    state = Mutex(State(phase: .greeting(RFBGreeting(challenge: challenge))))
  }

  /// Whether its password is not known to be right.
  var isUnknown: Bool {
    state.withLock { if case .relaying = $0.phase { false } else { true } }
  }

  /// Whether it has not answered to the challenge yet.
  var isGreeting: Bool {
    state.withLock { if case .greeting = $0.phase { true } else { false } }
  }

  /// Greets the viewer.
  func begin(_ socket: consuming Descriptor) {
    let channel = StreamChannel(
      socket, label: "procurator.viewer", received: { self.viewerSent(Array($0)) }, ended: { _ in self.close() },
      drained: { self.state.withLock { $0.machine }?.resume() })
    state.withLock { $0.viewer = channel }
    send(RFBGreeting.version, to: channel)
    channel.start()
    channel.after(Self.patience) { [weak self] in self?.closeIfUnknown() }
  }

  /// Ends both connections. Harmless when it is over.
  func close() {
    let (isFirst, ends) = state.withLock { state in
      if case .over = state.phase { return (false, [StreamChannel]()) }
      state.phase = .over
      defer { (state.viewer, state.machine) = (nil, nil) }
      return (true, [state.viewer, state.machine].compactMap(\.self))
    }
    for end in ends { end.close() }
    if isFirst { host.ended() }
  }

  private func closeIfUnknown() { if isUnknown { close() } }

  private func send(_ bytes: [UInt8], to channel: StreamChannel) {
    do throws(Failure) { try channel.send(bytes) } catch { close() }
  }

  /// Carries bytes on, and reads no more from where they come while they pile up.
  private func carry(_ bytes: [UInt8], from source: StreamChannel, to target: StreamChannel) {
    send(bytes, to: target)
    guard target.unsent > Self.mostUnsent else { return }
    source.pause()
    // It may have taken everything just before.
    if target.unsent == 0 { source.resume() }
  }

  // MARK: the viewer

  private func viewerSent(_ bytes: [UInt8]) {
    enum Next {
      case nothing
      case act([RFBGreeting.Action], RFBGreeting)
      case carry(StreamChannel)
      case close
    }
    let (next, viewer) = state.withLock { state -> (Next, StreamChannel?) in
      switch state.phase {
      case .greeting(var greeting):
        let actions = greeting.take(bytes)
        state.phase = .greeting(greeting)
        return (.act(actions, greeting), state.viewer)
      case .entering(let greeting, let entry, let early):
        guard early.count + bytes.count <= Self.mostEarly else { return (.close, nil) }
        state.phase = .entering(greeting, entry, early: early + bytes)
        return (.nothing, nil)
      case .relaying: return (state.machine.map { .carry($0) } ?? .close, state.viewer)
      case .refused, .over: return (.nothing, nil)
      }
    }
    switch next {
    case .nothing: break
    case .close: close()
    case .carry(let machine): if let viewer { carry(bytes, from: viewer, to: machine) }
    case .act(let actions, let greeting):
      guard let viewer else { return }
      for action in actions { act(action, greeting, viewer) }
    }
  }

  private func act(_ action: RFBGreeting.Action, _ greeting: RFBGreeting, _ viewer: StreamChannel) {
    switch action {
    case .send(let bytes): send(bytes, to: viewer)
    case .end(let why):
      host.refused("a viewer at \(peer) was refused: \(why)")
      close()
    case .judge(let answer):
      switch host.judge(answer, greeting.challenge) {
      case .right:
        state.withLock { $0.phase = .entering(greeting, RFBEntry(), early: greeting.rest) }
        Task { await enter(greeting, viewer) }
      case .wrong: refuse("the password is wrong, or was used before", greeting, viewer)
      case .noneIsValid: refuse("no password is valid now: ask the node for a new one", greeting, viewer)
      }
    }
  }

  private func refuse(_ why: String, _ greeting: RFBGreeting, _ viewer: StreamChannel) {
    state.withLock { if case .over = $0.phase {} else { $0.phase = .refused } }
    host.refused("a viewer at \(peer) was refused: \(why)")
    viewer.after(Self.penalty) { [weak self] in
      self?.send(greeting.refusal(why), to: viewer)
      self?.close()
    }
  }

  // MARK: the hypervisor

  private func enter(_ greeting: RFBGreeting, _ viewer: StreamChannel) async {
    let way: DescriptorCell
    do throws(Failure) { way = try await host.open() } catch {
      return refuse("its screen cannot be shown: \(error.cause)", greeting, viewer)
    }
    guard let socket = way.take() else { return close() }
    let channel = StreamChannel(
      socket, label: "procurator.screen", received: { self.machineSent(Array($0)) }, ended: { _ in self.close() },
      drained: { self.state.withLock { $0.viewer }?.resume() })
    let isOver = state.withLock { state in
      if case .over = state.phase { return true }
      state.machine = channel
      return false
    }
    // Not started, it holds nobody and closes its socket.
    if !isOver { channel.start() }
  }

  private func machineSent(_ bytes: [UInt8]) {
    let (actions, viewer, machine) = state.withLock { state -> ([RFBEntry.Action]?, StreamChannel?, StreamChannel?) in
      guard case .entering(let greeting, var entry, let early) = state.phase else {
        return (nil, state.viewer, state.machine)
      }
      let actions = entry.take(bytes)
      state.phase = .entering(greeting, entry, early: early)
      return (actions, state.viewer, state.machine)
    }
    guard let viewer, let machine else { return }
    guard let actions else { return carry(bytes, from: machine, to: viewer) }
    for action in actions {
      switch action {
      case .send(let bytes): send(bytes, to: machine)
      case .open: open(viewer, machine)
      case .end(let why):
        host.refused("the hypervisor does not let a viewer at \(peer) in: \(why)")
        close()
      }
    }
  }

  private func open(_ viewer: StreamChannel, _ machine: StreamChannel) {
    let isSent = state.withLock { state in
      guard case .entering(_, _, let early) = state.phase else { return true }
      // In one step: what comes after it is carried on behind what has come before.
      state.phase = .relaying
      return (try? viewer.send(RFBGreeting.welcome)) != nil && (early.isEmpty || (try? machine.send(early)) != nil)
    }
    guard isSent else { return close() }
    host.tell("a viewer at \(peer) looks at its screen")
  }
}
