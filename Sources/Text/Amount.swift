/// Bytes as people read them.
package enum Amount {
  /// In the greatest unit that fits, with at most one decimal: `12 GiB`, `15.5 GiB`, `512 MiB`.
  package static func text(_ bytes: UInt64) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var unit = 0
    var (whole, tenths) = (bytes, UInt64(0))
    while whole >= 1024, unit < units.count - 1 {
      tenths = whole % 1024 * 10 / 1024
      whole /= 1024
      unit += 1
    }
    return tenths == 0 ? "\(whole) \(units[unit])" : "\(whole).\(tenths) \(units[unit])"
  }
}
