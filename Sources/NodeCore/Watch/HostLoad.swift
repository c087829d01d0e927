import Failure
import Text

/// Whether memory of the host is scarce. A value: what the kernel says comes in. What has begun ends only when there is clearly
/// enough again, so that a host at the edge is not told of again and again.
struct HostLoad: Hashable, Sendable {
  /// What is to be told.
  enum Finding: Hashable, Sendable {
    case overloaded(Failure)
    case recovered
  }

  /// What the kernel says at one instant.
  struct Reading: Hashable, Sendable {
    /// Bytes.
    var total: UInt64
    /// What programs could still get without swapping, bytes.
    var available: UInt64
    /// Of the last ten seconds, the part in which no task could go on for want of memory, 0...1; nil of a kernel without PSI.
    var stalled: Double?
  }

  /// Shares of memory: below the first it is scarce, above the second there is enough.
  static let (scarce, enough) = (0.05, 0.10)
  /// Parts of time: above the first tasks stand still, below the second they do not any more.
  static let (stalled, flowing) = (0.20, 0.05)
  /// So many looks in a row make it true: one may be a moment.
  static let (looksToBegin, looksToEnd) = (2, 6)

  private(set) var isOverloaded = false
  private var count = 0

  /// Looks.
  mutating func look(_ reading: Reading) -> Finding? {
    guard reading.total > 0 else { return nil }
    let share = Double(reading.available) / Double(reading.total)
    let stall = reading.stalled ?? 0
    let isSo = isOverloaded ? share > Self.enough && stall < Self.flowing : share < Self.scarce || stall > Self.stalled
    count = isSo ? count + 1 : 0
    guard count >= (isOverloaded ? Self.looksToEnd : Self.looksToBegin) else { return nil }
    count = 0
    isOverloaded.toggle()
    return isOverloaded ? .overloaded(Self.reason(reading)) : .recovered
  }

  private static func reason(_ reading: Reading) -> Failure {
    var cause = "\(Quantity.bytes(reading.available)) of \(Quantity.bytes(reading.total)) are available"
    if let stalled = reading.stalled {
      cause += "; in the last 10 s no task could go on for \(Int((stalled * 100).rounded())) % of the time"
    }
    return Failure(
      .exhausted, part: .limit, operation: "give memory to", object: "VMs and programs of this host", cause: cause,
      remedy: "see which VMs use it: vmsupervisor top; stop some, or give them less by their balloons")
  }

  /// Reads /proc/pressure/memory (PSI): the line `full avg10=NUMBER …`.
  /// - Returns: 0...1; nil for another text.
  static func stalled(_ text: String) -> Double? {
    let key = "avg10="
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.first == "full", let word = words.first(where: { $0.hasPrefix(key) }) else { continue }
      guard let percent = Double(word.dropFirst(key.count)), percent >= 0, percent <= 100 else { return nil }
      return percent / 100
    }
    return nil
  }
}
