import Glibc

/// The monotonic clock, in nanoseconds.
enum Stopwatch {
  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Lets this thread rest, in microseconds.
  static func pause(_ microseconds: UInt32) { usleep(microseconds) }
}

/// Tells one sample.
func sample(_ begun: UInt64, _ ended: UInt64) { say("\(ended - begun)") }

/// Writes a line to standard output at once.
func say(_ text: String) {
  let line = Array((text + "\n").utf8)
  _ = write(1, line, line.count)
}

/// Waits until standard input ends.
func waitForEnd() {
  var byte: UInt8 = 0
  while read(0, &byte, 1) > 0 {}
}
