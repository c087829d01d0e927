import Failure
import Glibc
import Linux

/// Programs of busybox.
enum Command {
  /// Starts one. What it says goes to the console.
  static func start(_ words: [String]) throws -> ProcessHandle {
    try ProcessHandle.spawn(
      "/bin/busybox", arguments: words, environment: ["PATH=/bin:/sbin", "SWIFT_BACKTRACE=enable=no"],
      descriptors: [(0, 0), (1, 1), (2, 2)])
  }

  /// Runs one to its end, which must be a good one.
  static func run(_ words: String...) throws {
    let process = try start(words)
    guard try process.reap(blocking: true) == .exited(0) else {
      throw Failure(.system, operation: "run \(words.joined(separator: " "))", cause: "it failed")
    }
  }
}

/// Waits until `condition` holds, at most `seconds`.
func wait(_ what: String, seconds: Int64 = 15, _ condition: () throws -> Bool) throws {
  let end = Clock.now() + seconds * 1000
  while Clock.now() < end {
    if try condition() { return }
    usleep(20_000)
  }
  throw Failure(.timeout, operation: "wait until \(what)", cause: "\(seconds) seconds have passed")
}
