/// How a viewer is greeted until its password is known: the server's side of RFC 6143, 7.1.1 to 7.1.3.
struct RFBGreeting: Sendable {
  /// What is to be done next.
  enum Action: Hashable, Sendable {
    case send([UInt8])
    /// Judge this answer to the challenge.
    case judge([UInt8])
    /// End the connection: it is no viewer.
    case end(String)
  }

  /// The newest version, which says why it refuses.
  static let version = Array("RFB 003.008\n".utf8)
  /// Security type "VNC Authentication".
  private static let passwordType: UInt8 = 2

  private enum Step { case version, type, answer, over }

  let challenge: [UInt8]
  private var step = Step.version
  private var received = RFBBytes()
  /// Third number of the version that is spoken: 3, 7 or 8.
  private var minor = 8

  init(challenge: [UInt8]) { self.challenge = challenge }

  /// What has come behind the answer.
  var rest: [UInt8] { received.bytes }

  /// Takes what the viewer has sent.
  mutating func take(_ bytes: [UInt8]) -> [Action] {
    received.bytes += bytes
    var actions: [Action] = []
    while let action = next() { actions.append(action) }
    return actions
  }

  private mutating func next() -> Action? {
    switch step {
    case .version:
      guard let text = received.take(Self.version.count) else { return nil }
      guard text.starts(with: "RFB 003.".utf8), text.last == 0x0a,
        let number = Int(String(decoding: text[8..<11], as: UTF8.self))
      else { return end("it does not speak RFB 3") }
      // Other numbers stand for 3.3, and what is newer speaks 3.8 too (7.1.1).
      minor = number >= 8 ? 8 : number == 7 ? 7 : 3
      guard minor == 3 else {
        step = .type
        return .send([1, Self.passwordType])
      }
      step = .answer
      return .send([0, 0, 0, Self.passwordType] + challenge)
    case .type:
      guard let type = received.take(1) else { return nil }
      guard type == [Self.passwordType] else { return end("it does not want to be asked for a password") }
      step = .answer
      return .send(challenge)
    case .answer:
      guard let answer = received.take(challenge.count) else { return nil }
      step = .over
      return .judge(answer)
    case .over: return nil
    }
  }

  private mutating func end(_ why: String) -> Action {
    step = .over
    return .end(why)
  }

  /// What a viewer hears whose password was right.
  static let welcome: [UInt8] = [0, 0, 0, 0]

  /// What a viewer hears that is refused.
  func refusal(_ why: String) -> [UInt8] {
    let failed: [UInt8] = [0, 0, 0, 1]
    guard minor == 8 else { return failed }
    let text = Array(why.utf8)
    return failed + (0..<4).map { UInt8(truncatingIfNeeded: text.count >> (24 - 8 * $0)) } + text
  }
}

/// How the way into the hypervisor is opened for a viewer that was let in: the client's side, without a password.
struct RFBEntry: Sendable {
  /// What is to be done next.
  enum Action: Hashable, Sendable {
    case send([UInt8])
    /// From now on the viewer speaks.
    case open
    case end(String)
  }

  /// Security type "None".
  private static let openType: UInt8 = 1

  private enum Step { case version, types, result, over }
  private var step = Step.version
  private var received = RFBBytes()

  /// Takes what the hypervisor has sent.
  mutating func take(_ bytes: [UInt8]) -> [Action] {
    received.bytes += bytes
    var actions: [Action] = []
    while let action = next() { actions.append(action) }
    return actions
  }

  private mutating func next() -> Action? {
    switch step {
    case .version:
      guard let text = received.take(RFBGreeting.version.count) else { return nil }
      guard text == RFBGreeting.version else { return end("it greets in another version") }
      step = .types
      return .send(RFBGreeting.version)
    case .types:
      guard let count = received.bytes.first, let types = received.take(1 + Int(count)) else { return nil }
      guard types.dropFirst().contains(Self.openType) else { return end("it wants a password of its own") }
      step = .result
      return .send([Self.openType])
    case .result:
      guard let result = received.take(4) else { return nil }
      guard result == RFBGreeting.welcome else { return end("it lets nobody in") }
      step = .over
      return .open
    case .over: return nil
    }
  }

  private mutating func end(_ why: String) -> Action {
    step = .over
    return .end(why)
  }
}

/// What has come, until there is enough of it.
private struct RFBBytes: Sendable {
  var bytes: [UInt8] = []

  /// The next so many of them, if they are there.
  mutating func take(_ count: Int) -> [UInt8]? {
    guard bytes.count >= count else { return nil }
    defer { bytes.removeFirst(count) }
    return Array(bytes.prefix(count))
  }
}
