import Glibc

/// Milliseconds that only go forward.
public enum Clock {
  /// Now, from CLOCK_MONOTONIC (clock_gettime(2)).
  public static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Microseconds of the same clock, to measure with.
  public static func microseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
  }

  /// Seconds since 1970, from CLOCK_REALTIME: it can be set, so nothing is measured with it.
  public static func wall() -> Double { seconds(CLOCK_REALTIME) }

  /// Seconds since the machine booted, those included in which it slept, from CLOCK_BOOTTIME.
  public static func sinceBoot() -> Double { seconds(CLOCK_BOOTTIME) }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

extension Duration {
  /// Whole milliseconds.
  public var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
