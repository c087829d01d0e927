import CLinux
import Glibc

/// The processor's time-stamp counter.
public enum TimeStampCounter {
  /// Its frequency in kHz, measured against CLOCK_MONOTONIC_RAW for about 20 ms; nil where there is none.
  ///
  /// Accurate to about a part in ten thousand; a guest that gets it refines it against its own clocks.
  public static func measureKHz() -> UInt64? {
    func now() -> (ticks: UInt64, nanoseconds: UInt64) {
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC_RAW, &time)
      return (clinux_tsc(), UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }
    let start = now()
    guard start.ticks != 0 else { return nil }
    usleep(20_000)
    let end = now()
    guard end.ticks > start.ticks, end.nanoseconds > start.nanoseconds else { return nil }
    return (end.ticks - start.ticks) * 1_000_000 / (end.nanoseconds - start.nanoseconds)
  }
}
