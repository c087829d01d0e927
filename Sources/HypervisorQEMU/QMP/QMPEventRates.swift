/// Which of the events that a hypervisor tells are read. A guest can cause some as often as it likes (a write to pvpanic's
/// port is `GUEST_CRASHLOADED`), and reading each costs many times what causing it does.
package struct QMPEventRates: Sendable {
  /// What becomes of a line.
  package enum Verdict: Hashable, Sendable {
    case read
    case dropped
    /// It is dropped too, and the owner has to know: the name of the event.
    case told(String)
  }

  /// What the state of a machine is known by. These come as seldom as the machine changes it, or are thinned out by QEMU
  /// itself (`VSERPORT_CHANGE`: once a second, `monitor_qapi_event_conf`).
  static let essential: Set<String> = [
    "SHUTDOWN", "STOP", "RESUME", "GUEST_PANICKED", "VSERPORT_CHANGE", "DEVICE_DELETED",
  ]
  /// Events of one name that are read at once, and how many more each second.
  package static let burst = 64.0
  package static let perSecond = 10.0
  /// Names that are told apart; QEMU has fewer than 70.
  static let mostNames = 96
  /// Seconds until the owner is told of the same name again.
  package static let silence = 60.0

  private struct Bucket {
    var tokens = burst
    var filled: Double
    var told: Double?
  }

  private var buckets: [String: Bucket] = [:]

  /// Names that are counted.
  package var names: Int { buckets.count }

  /// - Parameters:
  ///   - line: a message as it came.
  ///   - now: seconds of a clock that does not jump.
  package mutating func judge(_ line: [UInt8], now: Double) -> Verdict {
    guard let name = Self.name(of: line), !Self.essential.contains(name) else { return .read }
    let key = buckets[name] != nil || buckets.count < Self.mostNames ? name : ""
    var bucket = buckets[key] ?? Bucket(filled: now)
    defer { buckets[key] = bucket }
    bucket.tokens = min(Self.burst, bucket.tokens + max(0, now - bucket.filled) * Self.perSecond)
    bucket.filled = now
    if bucket.tokens >= 1 {
      bucket.tokens -= 1
      return .read
    }
    if let told = bucket.told, now - told < Self.silence { return .dropped }
    bucket.told = now
    return .told(name)
  }

  private static let key = Array(#""event": ""#.utf8)

  /// The event's name, found without reading the message: QEMU writes the time, then this key. nil for other messages.
  package static func name(of line: [UInt8]) -> String? {
    let head = line.prefix(160)
    guard head.count > key.count, head.first == UInt8(ascii: "{") else { return nil }
    for start in 0..<(head.count - key.count) where head[start] == key[0] && head[start...].starts(with: key) {
      let name = head[(start + key.count)...].prefix { $0 != UInt8(ascii: "\"") }
      return String(validating: name, as: UTF8.self)
    }
    return nil
  }
}
