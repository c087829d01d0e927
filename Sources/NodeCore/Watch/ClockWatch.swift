import Text

/// Whether somebody has set the host's clock. A value: what the clocks show comes in.
struct ClockWatch: Hashable, Sendable {
  /// Seconds by which the clocks may differ between two looks without anybody having set one: NTP slews by a two-thousandth
  /// at most (adjtimex(2)), and a leap second is one.
  static let tolerance = 2.0

  private var difference: Double?

  /// Compares.
  /// - Parameters:
  ///   - wall: seconds since 1970.
  ///   - sinceBoot: seconds since boot, those asleep included.
  /// - Returns: seconds by which the clock was set forward since the last look, negative ones if it was set back; nil if
  ///   it was not.
  mutating func look(wall: Double, sinceBoot: Double) -> Double? {
    let now = wall - sinceBoot
    defer { difference = now }
    guard let difference, abs(now - difference) >= Self.tolerance else { return nil }
    return now - difference
  }

  /// What happened, in words.
  static func words(_ seconds: Double) -> String {
    let size = Quantity.duration(UInt64(abs(seconds).rounded()))
    return "the host's clock was set \(seconds > 0 ? "forward" : "back") by \(size)"
  }
}
