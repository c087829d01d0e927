import Failure
import Text

/// Whether somebody has set the host's clock. A value: what the clocks show comes in.
struct ClockWatch: Sendable {
  /// Seconds for which whoever looks is told: lines of logs and events from before and after stand side by side so long.
  static let memory = 3600.0

  /// Seconds by which the clocks may differ between two looks without anybody having set one: NTP slews by a two-thousandth
  /// at most (adjtimex(2)), and a leap second is one.
  static let tolerance = 2.0

  private var difference: Double?
  /// When it was last set, in seconds since boot, and by how much; nil while nobody has.
  private var last: (at: Double, step: Double)?

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

  /// The same, for whoever has to be told.
  /// - Returns: that it was set, for an hour after; nil if all is well.
  mutating func trouble(wall: Double, sinceBoot: Double) -> Failure? {
    if let step = look(wall: wall, sinceBoot: sinceBoot) { last = (sinceBoot, step) }
    guard let last, sinceBoot - last.at < Self.memory else { return nil }
    return Failure(
      .state, operation: "rely on", object: "the host's clock",
      cause: Self.words(last.step) + " within the last hour: times before and after it do not fit together",
      remedy:
        "find out who did it; nothing has to be mended, no deadline goes by that clock, and this is said for an hour")
  }

  /// What happened, in words.
  static func words(_ seconds: Double) -> String {
    let size = Quantity.duration(UInt64(abs(seconds).rounded()))
    return "the host's clock was set \(seconds > 0 ? "forward" : "back") by \(size)"
  }
}
