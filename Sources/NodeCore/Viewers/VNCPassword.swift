/// Passwords of RFB's authentication "VNC" (RFC 6143, 7.2.2): a challenge is encrypted with the password as a key.
enum VNCPassword {
  /// More letters do not count.
  static let length = 8
  /// Bytes of a challenge, and of the answer to it.
  static let challengeLength = 16

  /// The right answer to a challenge.
  static func answer(to challenge: [UInt8], _ password: String) -> [UInt8] {
    let letters = Array(password.utf8.prefix(length))
    // The lowest bit of each letter is the highest of the key's.
    let key = (0..<length).reduce(UInt64(0)) { key, index in
      key << 8 | UInt64(index < letters.count ? reversed(letters[index]) : 0)
    }
    return stride(from: 0, to: challenge.count, by: 8).flatMap { start in
      let block = challenge[start..<min(start + 8, challenge.count)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let sealed = DES.encrypt(block, key: key)
      return (0..<8).map { UInt8(truncatingIfNeeded: sealed >> UInt64(56 - 8 * $0)) }
    }
  }

  private static func reversed(_ byte: UInt8) -> UInt8 {
    (0..<8).reduce(UInt8(0)) { $0 << 1 | byte >> UInt8($1) & 1 }
  }

  /// A fresh one, which nobody guesses: 47 bits.
  static func random(_ generator: inout some RandomNumberGenerator) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    return String((0..<length).map { _ in letters[Int.random(in: letters.indices, using: &generator)] })
  }
}

/// Passwords that were given out and open the way once each, for a while.
struct OneTimePasswords: Sendable {
  private var valid: [(password: String, until: Double)] = []

  /// What an answer is worth.
  enum Verdict: Hashable, Sendable {
    /// It was right, and is spent.
    case right
    /// It is that of no password that is valid.
    case wrong
    /// No password is valid now.
    case noneIsValid
  }

  /// As many are valid at a time; the oldest is forgotten for another.
  static let most = 16

  /// - Parameter until: the last moment at which it counts, on the clock of `now`.
  mutating func add(_ password: String, until: Double) {
    if valid.count >= Self.most { valid.removeFirst() }
    valid.append((password, until))
  }

  /// Judges the answer to a challenge. A password that was right is none any more.
  mutating func judge(_ answer: [UInt8], to challenge: [UInt8], now: Double) -> Verdict {
    valid.removeAll { $0.until < now }
    if valid.isEmpty { return .noneIsValid }
    // All of them are tried to the end, so that the time says nothing.
    let hits = valid.indices.filter { index in
      zip(VNCPassword.answer(to: challenge, valid[index].password), answer).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
    guard answer.count == challenge.count, let hit = hits.first else { return .wrong }
    valid.remove(at: hit)
    return .right
  }
}
