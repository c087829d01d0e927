extension GuestLog {
  /// The number of the byte at which the last `count` lines begin, looking back at most `window` bytes.
  ///
  /// A line that has no end yet counts as one.
  package func place(ofLast count: Int, within window: Int) -> UInt64 {
    guard let extent else { return 0 }
    let oldest = max(extent.lowerBound, extent.upperBound - min(extent.upperBound, UInt64(window)))
    if count <= 0 { return extent.upperBound }
    var seen = 0
    var upper = extent.upperBound
    while upper > oldest {
      let lower = max(oldest, upper - min(upper, Self.step))
      let bytes = read(from: lower, limit: Int(upper - lower)).bytes
      for index in bytes.indices.reversed() where bytes[index] == UInt8(ascii: "\n") {
        let place = lower + UInt64(index) + 1
        if place == extent.upperBound { continue }
        seen += 1
        if seen == count { return place }
      }
      upper = lower
    }
    return oldest
  }

  private static var step: UInt64 { 64 << 10 }
}
