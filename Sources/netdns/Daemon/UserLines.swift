/// Which lines about clients go to the log: one a second for each user, so that nobody drowns what else there is to say by
/// connections or requests of any kind. A value: no clock.
struct UserLines: Sendable {
  /// For how long a line about a user is the only one, in milliseconds.
  static let quiet: Int64 = 1000

  private struct User: Sendable {
    var quietUntil: Int64
    var unsaid = 0
  }

  private var users: [UInt32: User] = [:]

  /// Whether something about a user may be said now.
  /// - Returns: what is to be added about lines that were not said; nil if this one is not to be said either.
  mutating func admit(uid: UInt32, now: Int64) -> String? {
    let before = users[uid]
    if let before, now < before.quietUntil {
      users[uid]?.unsaid += 1
      return nil
    }
    users[uid] = User(quietUntil: now + Self.quiet)
    guard let unsaid = before?.unsaid, unsaid > 0 else { return "" }
    return " (and \(unsaid) lines about user \(uid) before)"
  }

  /// Forgets those of whom a line could be said, if there are more than `most`.
  mutating func trim(above most: Int, now: Int64) {
    if users.count > most { users = users.filter { now < $0.value.quietUntil } }
  }
}
