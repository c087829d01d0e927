import Failure
import Foundation
import Glibc
import Testing

/// What the filter of netd does to a process, tried on one that makes any call it is told to.
@Suite struct FilterTests {
  struct Outcome: Equatable {
    var output = ""
    var errors = ""
    var signal: Int32?
    var status: Int32?
  }

  private func run(_ words: [String]) throws -> Outcome {
    let process = Process()
    let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
    let folder = ProcessInfo.processInfo.environment["PROCURATOR_BIN"] ?? own
    process.executableURL = URL(fileURLWithPath: folder + "/forbidden")
    process.arguments = words
    process.environment = ["SWIFT_BACKTRACE": "enable=no"]
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    try process.run()
    var outcome = Outcome()
    outcome.output = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    outcome.errors = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationReason == .uncaughtSignal {
      outcome.signal = process.terminationStatus
    } else {
      outcome.status = process.terminationStatus
    }
    return outcome
  }

  /// Numbers are those of x86-64 (asm/unistd.h).
  @Test(arguments: [
    ("execve", 59), ("ptrace", 101), ("clone", 56), ("connect", 42), ("rt_sigaction 31 0 0 8", 13), ("prctl 38", 157),
    ("kill SELF 9", 62), ("tgkill 1 1 6", 234), ("tgkill SELF SELF 9", 234), ("bpf", 321), ("unshare", 272),
    ("socket 2 1 0", 41), ("socket 16 3 6", 41), ("socket 17 3 0", 41), ("setsockopt 0 0 64 0 0", 54),
    ("setsockopt 0 1 26 0 0", 54), ("openat -100 0 64", 257), ("openat -100 0 1", 257), ("openat -100 0 514", 257),
    ("mmap 0 4096 5 34 -1 0", 9), ("mprotect 0 4096 4", 10), ("ioctl 0 21505", 16), ("fcntl 0 0 0", 72), ("1000", 1000),
  ])
  func aForbiddenCallKillsAndIsNamed(_ line: String, _ number: Int) throws {
    let words = line.split(separator: " ").map(String.init)
    let name = words[0] == "1000" ? "unknown" : words[0]
    let outcome = try run(words)
    #expect(
      outcome
        == Outcome(
          errors: "<2>forbidden: system call \(number) (\(name)) is not permitted: killed\n", signal: SIGSYS))
  }

  @Test(arguments: [
    "getpid", "openat -100 0 0", "openat -100 0 524290", "mmap 0 4096 3 34 -1 0", "socket 16 524291 12", "time",
    "socket 1 524290 0", "setsockopt -1 270 11 0 0", "ioctl -1 21521", "ioctl -1 1074025674", "pselect6 0 0 0 0 1",
    "accept4 -1",
  ])
  func aListedCallIsMade(_ line: String) throws {
    let outcome = try run(line.split(separator: " ").map(String.init))
    #expect(outcome.status == 0 && outcome.output.hasPrefix("answer ") && outcome.errors.isEmpty, "\(outcome)")
  }

  /// The x32 interface reaches the same kernel functions by other numbers.
  @Test func anotherInterfaceKillsAtOnce() throws {
    #expect(try run(["\(0x4000_0000 + 39)"]) == Outcome(signal: SIGSYS))
  }

  @Test func blockedSignalsDoNotSave() throws {
    #expect(try run(["--deaf", "execve"]).signal == SIGSYS)
  }

  /// The ends that a defect takes stay what they are.
  @Test func defectsEndTheProcess() throws {
    #expect(try run(["abort"]) == Outcome(signal: SIGABRT))
    let trapped = try run(["trap"])
    #expect(trapped.signal == SIGILL && trapped.errors.contains("meant"), "\(trapped)")
  }
}
