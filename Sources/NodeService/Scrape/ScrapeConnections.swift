/// Who is connected to the metrics listener: so many in all and of one client. When a place is wanted and none is free, the
/// oldest connection that nothing was asked on goes, so that those who only sit there keep nobody out.
struct ScrapeConnections: Sendable {
  /// Connections at a time. A scraper needs one for milliseconds.
  static let most = 64
  /// Of these, from one address or user.
  static let each = 32

  private struct Connection {
    var client: String
    var isAnswered = false
  }

  /// By number, and that grows: the lowest is the oldest.
  private var connections: [UInt64: Connection] = [:]
  private var next: UInt64 = 1

  /// How many there are.
  var count: Int { connections.count }

  /// Gives `client` a place, and names the connection that has to go for it; nil if there was room.
  mutating func admit(_ client: String) -> (number: UInt64, instead: UInt64?) {
    var leaving: UInt64?
    let counts = Dictionary(connections.values.map { ($0.client, 1) }, uniquingKeysWith: +)
    if counts[client, default: 0] >= Self.each {
      leaving = oldest(of: client)
    } else if connections.count >= Self.most,
      let greediest = counts.max(by: { ($0.value, $0.key) < ($1.value, $1.key) })
    {
      leaving = oldest(of: greediest.key)
    }
    if let leaving { connections[leaving] = nil }
    defer { next += 1 }
    connections[next] = Connection(client: client)
    return (next, leaving)
  }

  /// A whole request has come on that connection.
  mutating func answer(_ number: UInt64) { connections[number]?.isAnswered = true }

  /// The connection is closed.
  mutating func leave(_ number: UInt64) { connections[number] = nil }

  private func oldest(of client: String) -> UInt64? {
    let all = connections.filter { $0.value.client == client }
    return all.filter { !$0.value.isAnswered }.keys.min() ?? all.keys.min()
  }
}
