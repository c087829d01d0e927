import Foundation
import Glibc
import Linux
import Testing

/// Consoles of real guests.
@Suite(.serialized) struct ConsoleGuestTests {
  @Test func twoReadersOneWriterAndATakeOver() async throws {
    try await Rig.run { rig in
      await rig.boot("con")
      let watcher = try Terminal(rig, "console", "con", "--readonly", "--history", "none")
      try await watcher.sees("looking at")
      let first = try Terminal(rig, "console", "con")
      // Whoever came first.
      try await first.sees("uid 0, pid")
      first.type("\recho $((6*7))-answer\r")
      for terminal in [watcher, first] { try await terminal.sees("42-answer") }
      let refused = await rig.cli("console", "con", input: "echo no\n")
      #expect(refused.status != 0 && refused.error.contains("--take"), "\(refused.error)")

      let second = try Terminal(rig, "console", "con", "--take")
      try await second.sees("you have the keyboard, taken from uid 0")
      try await first.sees("has taken the keyboard")
      first.type("echo $((8*8))-lost\r")
      second.type("echo $((9*9))-taken\r")
      for terminal in [watcher, first, second] { try await terminal.sees("81-taken") }
      #expect(!watcher.text.contains("64-lost"))
      first.type("\r~t")
      try await first.sees("you have the keyboard")
      first.type("\recho $((5*5))-back\r")
      try await second.sees("25-back")

      first.type("\r~?")
      try await first.sees("~t takes the keyboard")
      first.type("~.")
      try await first.ends(0)
      try await second.sees("nobody has the keyboard")
      second.type("\u{1d}")
      try await second.ends(0)
      watcher.type("\u{1d}")
      try await watcher.ends(0)
      for terminal in [first, second, watcher] { #expect(terminal.isCooked, "the terminal's mode is put back") }
    }
  }

  @Test func staysOverARestartOfTheSupervisorAndOfTheGuest() async throws {
    try await Rig.run { rig in
      await rig.boot("con")
      let terminal = try Terminal(rig, "console", "con")
      try await terminal.sees("ready")
      let follower = try Terminal(rig, "logs", "-f", "con")
      try await follower.sees("ready")
      // Something goes on while nobody listens.
      terminal.type("\rfor i in 1 2 3 4 5 6 7 8; do echo tick-$i; sleep 1; done; echo all-do\"\"ne\r")
      try await terminal.sees("tick-2\r")
      let log = rig.folder + "/lib/vms/\(await rig.status("con").id)/console.log"
      await rig.supervisor.kill9()
      try await terminal.sees("the supervisor has gone")
      try await follower.sees("waiting for it")
      try await eventually("the guest has gone on") { try Files.readText(log).contains("tick-5\r") }
      try await rig.startSupervisor()
      try await terminal.sees("the supervisor is back")
      try await terminal.sees("all-done\r")
      #expect(Self.ticks(terminal.text) == Array(1...8), "nothing lost and nothing twice")

      // As an upgrade does it.
      terminal.forget()
      await rig.supervisor.stop()
      try await rig.startSupervisor()
      try await terminal.sees("the supervisor is back")

      terminal.forget()
      terminal.type("\recho b > /proc/sysrq-trigger\r")
      try await terminal.sees("the guest has restarted")
      try await terminal.sees("procurator-guest: ready")
      await rig.ok("wait", "con", "--state", "agent", "--timeout", "90")

      terminal.forget()
      await rig.ok("stop", "con", "--timeout", "30")
      try await terminal.sees("the guest has ended")
      await rig.ok("start", "con")
      try await terminal.sees("started again")
      try await terminal.sees("procurator-guest: ready")
      await rig.ok("wait", "con", "--state", "agent", "--timeout", "90")
      terminal.type("\recho $((7*7))-typed\r")
      try await terminal.sees("49-typed")
      await rig.ok("delete", "con", "--force")
      try await terminal.sees("has been deleted")
      try await terminal.ends(0)
      #expect(terminal.isCooked)
      try await follower.ends(0)
      #expect(Self.ticks(follower.text) == Array(1...8), "nothing lost and nothing twice")
    }
  }

  @Test func aQuietLogIsFollowedToo() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("quiet"))
      let follower = try Terminal(rig, "logs", "-f", "quiet")
      // Nothing is to be seen of its beginning.
      try await Task.sleep(for: .seconds(1))
      await rig.supervisor.kill9()
      try await follower.sees("waiting for it")
      try await rig.startSupervisor()
      try await follower.sees("answers again")
      await rig.ok("delete", "quiet", "--force")
      try await follower.ends(0)
      let refused = try Terminal(rig, "logs", "-f", "quiet")
      try await refused.ends(4)
    }
  }

  private static func ticks(_ text: String) -> [Int] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
      line.hasPrefix("tick-") ? Int(line.dropFirst(5).prefix { $0.isNumber }) : nil
    }
  }

  /// The guest writes for ever; the file stays small, and a follower sees the lines in order.
  @Test func aGuestThatWritesForEver() async throws {
    try await Rig.run { rig in
      try rig.write(
        "supervisor.conf",
        try Files.readText(rig.folder + "/supervisor.conf") + "ConsoleLogSize=256KiB\nConsoleHistory=64KiB\n")
      await rig.supervisor.stop()
      try await rig.startSupervisor()
      await rig.boot("noisy")
      let path = rig.folder + "/lib/vms/\(await rig.status("noisy").id)/console.log"
      func size() -> Int { LogSize.of(path) + LogSize.of(path + ".1") }
      // It has to follow before the noise begins: whoever comes later begins later.
      let follower = try Terminal(rig, "logs", "-f", "noisy")
      try await follower.sees("ready")
      _ = await rig.cli(
        "exec", "noisy", "--", "sh", "-c",
        "(i=0; while :; do i=$((i+1)); echo line-$i-of-the-noise; done) >/dev/ttyS0 2>&1 </dev/null &")
      var largest = 0
      let end = ContinuousClock.now + .seconds(20)
      while ContinuousClock.now < end {
        largest = max(largest, size())
        try await Task.sleep(for: .milliseconds(5))
      }
      // A supervisor that was away finds a big file.
      await rig.supervisor.kill9()
      try await eventually("the log grows over its cap", within: 60) { size() > 300 << 10 }
      try await rig.startSupervisor()
      try await eventually("it is cut at once", within: 10) { size() <= 256 << 10 }
      #expect(largest > 128 << 10 && largest <= 256 << 10, "\(largest)")
      try await follower.sees("line-1-of")
      let numbers = follower.text.split(whereSeparator: \.isNewline).compactMap { line -> Substring? in
        let words = line.split(separator: "-", omittingEmptySubsequences: false)
        return words.count == 5 && words[0] == "line" && words[4] == "noise" && Int(words[1]) != nil ? words[1] : nil
      }
      #expect(numbers.count > 100)
      #expect(NoisyLines.outOfOrder(numbers).isEmpty)
      let audit = await rig.cli("logs", "noisy", "-n", "5")
      #expect(audit.output.contains("of-the-noise"))
      follower.hangUp()
    }
  }
}

private enum LogSize {
  static func of(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }
}

/// QEMU repeats bytes when its socket is full, the more the busier the host is: a number may have a part of itself twice.
private enum NoisyLines {
  /// What cannot follow the number before it, even if what is repeated in it is taken once.
  static func outOfOrder(_ numbers: [Substring]) -> [Substring] {
    var last = 0
    return numbers.filter { text in
      guard let next = readings(of: Array(text)).filter({ $0 > last }).min() else { return true }
      last = next
      return false
    }
  }

  private static func readings(of text: [Character]) -> [Int] {
    var all = [text]
    for length in 1..<max(2, text.count / 2 + 1) {
      for start in 0..<max(0, text.count - 2 * length + 1)
      where text[start..<start + length] == text[start + length..<start + 2 * length] {
        all.append(Array(text[..<start] + text[(start + length)...]))
      }
    }
    return all.compactMap { Int(String($0)) }
  }
}
