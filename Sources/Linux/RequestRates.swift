/// How often each user may ask: a bucket for each that has asked. A value: no clock.
public struct RequestRates: Sendable {
  /// Requests of one user in a second; 0 for no limit.
  public let perSecond: Int
  private var buckets: [UInt32: TokenBucket] = [:]

  /// Nobody has asked yet.
  public init(perSecond: Int) { self.perSecond = perSecond }

  /// Whether a user may ask now. Root always may.
  /// - Parameter cost: as how many requests it counts.
  public mutating func take(uid: UInt32, cost: Int = 1, now: Int64) -> Bool {
    guard perSecond > 0, uid != 0 else { return true }
    var bucket = buckets[uid] ?? TokenBucket(perSecond: perSecond, now: now)
    defer { buckets[uid] = bucket }
    return bucket.take(cost, now: now)
  }

  /// Forgets those who may ask as often as ever, if there are more than `most`.
  public mutating func trim(above most: Int, now: Int64) {
    if buckets.count > most { buckets = buckets.filter { !$0.value.isFull(now: now) } }
  }
}
