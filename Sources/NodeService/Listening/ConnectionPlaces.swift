/// Who is connected to a listener: so many in all, so many of one user, and some that only root and the supervisor's own user
/// get. A value, so that what it decides can be tried without a socket.
package struct ConnectionPlaces: Sendable {
  /// Connections at a time.
  package var most: Int
  /// Of one user.
  package var each: Int
  /// Of `most`, those that others than the trusted never get.
  package var reserve: Int
  /// Users without a bound of their own.
  var trusted: Set<UInt32>

  private var taken: [UInt32: Int] = [:]
  /// How many there are.
  package private(set) var count = 0

  init(most: Int, each: Int, reserve: Int = 0, trusted: Set<UInt32> = [0]) {
    (self.most, self.each, self.reserve, self.trusted) = (most, each, reserve, trusted)
  }

  /// Takes a place for a connection of `uid`.
  /// - Returns: why there is none; nil if it has got one.
  package mutating func take(_ uid: UInt32) -> String? {
    let own = taken[uid, default: 0]
    if !trusted.contains(uid) {
      if own >= each { return "of its places it has \(own) of \(each)" }
      if count >= most - reserve { return "all \(most - reserve) places are taken, \(own) by it" }
    }
    if count >= most { return "all \(most) places are taken, \(own) by it" }
    taken[uid] = own + 1
    count += 1
    return nil
  }

  /// A connection of `uid` is closed.
  package mutating func release(_ uid: UInt32) {
    guard let own = taken[uid] else { return }
    taken[uid] = own > 1 ? own - 1 : nil
    count -= 1
  }
}
