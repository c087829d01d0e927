/// Numbers as people read them.
package enum Quantity {
  /// Seconds as `12s`, `3m12s`, `2h05m` or `3d4h`: two units at most.
  package static func duration(_ seconds: UInt64) -> String {
    switch seconds {
    case ..<60: "\(seconds)s"
    case ..<3600: "\(seconds / 60)m\(twoDigits(seconds % 60))s"
    case ..<86400: "\(seconds / 3600)h\(twoDigits(seconds / 60 % 60))m"
    default: "\(seconds / 86400)d\(seconds / 3600 % 24)h"
    }
  }

  /// The same of a duration: with tenths below ten seconds, as long as they are not 0.
  package static func duration(_ time: Duration) -> String {
    let (seconds, attoseconds) = time.components
    let tenths = max(0, seconds * 10 + (attoseconds + 50_000_000_000_000_000) / 100_000_000_000_000_000)
    if tenths >= 100 || tenths % 10 == 0 { return duration(UInt64((tenths + 5) / 10)) }
    return "\(tenths / 10).\(tenths % 10)s"
  }

  /// Processor time: with tenths below a minute.
  package static func processorTime(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e15 else { return "-" }
    if seconds >= 60 { return duration(UInt64(seconds)) }
    let tenths = UInt64((seconds * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)s"
  }

  /// Bytes in powers of 1024: `512`, `61M`, `1.5G`. One digit after the point below ten.
  package static func bytes(_ count: UInt64) -> String {
    let units = ["", "K", "M", "G", "T", "P", "E"]
    var unit = 0
    var scaled = Double(count)
    while scaled >= 1023.95, unit < units.count - 1 {
      scaled /= 1024
      unit += 1
    }
    let tenths = UInt64((scaled * 10).rounded())
    if unit > 0, tenths < 100, tenths % 10 != 0 { return "\(tenths / 10).\(tenths % 10)\(units[unit])" }
    return "\(UInt64(scaled.rounded()))\(units[unit])"
  }

  private static func twoDigits(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
