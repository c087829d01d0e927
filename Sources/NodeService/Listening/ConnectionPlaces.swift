/// Whom the connections of a listener are counted by.
package enum ConnectionPeer: Hashable, Sendable {
  /// A user of this host.
  case user(UInt32)
  /// An IP address; of the sixth version the first 64 bits, for the others are whatever its owner likes.
  case address(String)
}

extension ConnectionPeer: CustomStringConvertible {
  package var description: String {
    switch self {
    case .user(let uid): "uid \(uid)"
    case .address(let address): address
    }
  }
}

/// Who is connected to a listener: so many in all, so many of one peer, and some that only root and the supervisor's own user
/// get. A value, so that what it decides can be tried without a socket.
package struct ConnectionPlaces: Sendable {
  /// Connections at a time.
  package var most: Int
  /// Of one peer.
  package var each: Int
  /// Of `most`, those that others than the trusted never get.
  package var reserve: Int
  /// Peers without a bound of their own.
  var trusted: Set<ConnectionPeer>

  private var taken: [ConnectionPeer: Int] = [:]
  /// How many there are.
  package private(set) var count = 0

  /// - Parameter trusted: users without a bound of their own.
  init(most: Int, each: Int, reserve: Int = 0, trusted: Set<UInt32> = [0]) {
    (self.most, self.each, self.reserve) = (most, each, reserve)
    self.trusted = Set(trusted.map(ConnectionPeer.user))
  }

  /// Takes a place for a connection of `peer`.
  /// - Returns: why there is none; nil if it has got one.
  package mutating func take(_ peer: ConnectionPeer) -> String? {
    let own = taken[peer, default: 0]
    if !trusted.contains(peer) {
      if own >= each { return "of its places it has \(own) of \(each)" }
      if count >= most - reserve { return "all \(most - reserve) places are taken, \(own) by it" }
    }
    if count >= most { return "all \(most) places are taken, \(own) by it" }
    taken[peer] = own + 1
    count += 1
    return nil
  }

  /// A connection of `peer` is closed.
  package mutating func release(_ peer: ConnectionPeer) {
    guard let own = taken[peer] else { return }
    taken[peer] = own > 1 ? own - 1 : nil
    count -= 1
  }
}
