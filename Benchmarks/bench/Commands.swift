import Failure
import Glibc
import Linux

/// A port made as scripts do it: by ip(8), three times.
enum Commands {
  private static let program = "/sbin/ip"
  private static let tap = "bench0"

  static func measure(_ count: Int, bridge: String) throws {
    for _ in 0..<count {
      let begun = Stopwatch.now()
      try run("tuntap", "add", "dev", tap, "mode", "tap", "vnet_hdr")
      try run("link", "set", tap, "master", bridge)
      try run("link", "set", tap, "up")
      sample(begun, Stopwatch.now())
      try run("link", "del", tap)
    }
  }

  private static func run(_ words: String...) throws {
    let process = try ProcessHandle.spawn(
      program, arguments: ["ip"] + words, environment: [], descriptors: [(2, 2)])
    guard try process.reap(blocking: true) == .exited(0) else {
      throw Failure(.system, operation: "run", object: "ip \(words.joined(separator: " "))", cause: "it failed")
    }
  }
}
