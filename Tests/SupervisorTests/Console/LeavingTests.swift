import Foundation
import Glibc
import Linux
import Testing

extension GuestTests {
  /// A guest that sets everything it can: on every way out the terminal is given back, byte for byte.
  @Suite(.serialized) struct LeavingTests {
    /// Alternate screen, no cursor, bracketed paste, mouse, focus, printing, keys; then colour, and where is the cursor?
    private static let hostile =
      "\u{1b}[?1049h\u{1b}[?25l\u{1b}[?2004h\u{1b}[?1003;1006h\u{1b}[?1004h\u{1b}[5i\u{1b}[>4;2m\u{1b}[1*y\u{1b}[31m\u{1b}[6nmarker"
    private static let shown = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[?2004h\u{1b}[31m\u{1b}[6nmarker"
    private static let undone = "\u{1b}[?1049l\u{1b}[?25h\u{1b}[?2004l\u{1b}[0m"
    /// Our own question behind the guest's, and the terminal's answers to both.
    private static let (question, answers) = ("\u{1b}[5n", "\u{1b}[9;9R\u{1b}[0n")

    /// Waits until the guest of the first start has written: what is seen later is of a later one.
    private static func hasWritten(_ rig: Rig) async throws {
      try await eventually("the guest has written") { await rig.cli("logs", "odd").output.contains("marker") }
    }

    /// A terminal that looks at the guest while it writes.
    private static func attached(_ rig: Rig) async throws -> Terminal {
      let terminal = try Terminal(rig, "console", "odd", "--history", "none")
      try await terminal.sees("attached to")
      // What the guest wrote before the terminal was attached again is history, which is shown without its modes: on a busy host it
      // takes another start until the terminal is the first.
      for _ in 0..<10 {
        terminal.forget()
        await rig.ok("kill", "odd")
        await rig.ok("start", "odd")
        try await terminal.sees("marker")
        if terminal.text.contains(shown) { break }
      }
      try await terminal.sees(shown)
      for never in ["1003", "1006", "1004", "[5i", ">4;2m", "*y"] {
        #expect(!terminal.text.contains(never), "\(never)")
      }
      #expect(!terminal.isCooked)
      terminal.forget()
      return terminal
    }

    @Test func theTerminalIsGivenBack() async throws {
      try await Rig.run { rig in
        try rig.bootableDisk("odd.raw", saying: Self.hostile)
        await rig.ok(
          "create", "-f", "-", "--start",
          input: "name: odd\nmemory: 16MiB\ndisks: [{name: root, path: \(rig.image("odd.raw")), format: raw}]\n")
        try await Self.hasWritten(rig)

        let left = try await Self.attached(rig)
        left.type("\u{1d}")
        try await left.sees(Self.undone + Self.question)
        left.type(Self.answers)
        try await left.ends(0)
        #expect(left.text == Self.undone + Self.question + "\r\nvmsupervisor: detached\r\n")
        #expect(left.isCooked)

        for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
          let killed = try await Self.attached(rig)
          killed.signal(number)
          // A terminal that does not answer is not waited for.
          try await killed.dies(number)
          #expect(killed.text == Self.undone + Self.question, "\(number)")
          #expect(killed.isCooked)
        }

        let ended = try await Self.attached(rig)
        await rig.ok("delete", "odd", "--force")
        try await ended.ends(0)
        #expect(ended.text.contains("has been deleted") && ended.text.contains(Self.undone + Self.question))
        #expect(ended.text.hasSuffix("\r\nvmsupervisor: detached\r\n") && ended.isCooked)
      }
    }

    /// Who is stopped gives the terminal to the shell, and takes it again when it is its turn.
    @Test func whoIsStoppedGivesTheTerminalBack() async throws {
      try await Rig.run { rig in
        try rig.bootableDisk("odd.raw", saying: Self.hostile)
        await rig.ok(
          "create", "-f", "-", "--start",
          input: "name: odd\nmemory: 16MiB\ndisks: [{name: root, path: \(rig.image("odd.raw")), format: raw}]\n")
        try await Self.hasWritten(rig)
        let shell = try Terminal(shellOf: rig)
        shell.type("\(rig.bin)/vmsupervisor console odd --history none\n")
        try await shell.sees("attached to")
        await rig.ok("kill", "odd")
        await rig.ok("start", "odd")
        try await shell.sees(Self.shown)
        #expect(!shell.isCooked)
        let console = shell.job
        func isStopped() -> Bool { ProcessFacts(pid: console)?.state == "T" }

        shell.forget()
        kill(console, SIGTSTP)
        try await eventually("it is stopped") { isStopped() && shell.isCooked }
        #expect(shell.text.contains(Self.undone + Self.question))
        shell.type("echo the shell is $((40 + 2))\n")
        try await shell.sees("the shell is 42")

        // In the background it has no business with the terminal.
        shell.forget()
        shell.type("bg; echo sent on $((40 + 3))\n")
        try await shell.sees("sent on 43")
        try await eventually("it waits for its turn") { isStopped() }
        #expect(shell.isCooked)

        shell.type("fg\n")
        try await eventually("it has the terminal") { !isStopped() && !shell.isCooked }
        shell.forget()
        shell.type("\u{1d}")
        try await shell.sees("detached")
        try await eventually("the shell has it again") { shell.isCooked }
        await rig.ok("delete", "odd", "--force")
        shell.type("exit\n")
        try await shell.ends(0)
      }
    }

    /// A guest that sets nothing leaves nothing to say.
    @Test func aPlainGuestLeavesNothing() async throws {
      try await Rig.run { rig in
        try rig.bootableDisk("odd.raw", saying: "only text")
        await rig.ok(
          "create", "-f", "-", "--start",
          input: "name: odd\nmemory: 16MiB\ndisks: [{name: root, path: \(rig.image("odd.raw")), format: raw}]\n")
        let terminal = try Terminal(rig, "console", "odd", "--history", "none")
        try await terminal.sees("attached to")
        terminal.forget()
        terminal.type("\u{1d}")
        try await terminal.ends(0)
        #expect(terminal.text.hasSuffix("\r\nvmsupervisor: detached\r\n") && !terminal.text.contains("\u{1b}[5n"))
        await rig.ok("delete", "odd", "--force")
      }
    }
  }
}
