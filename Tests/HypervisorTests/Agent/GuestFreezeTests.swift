import Failure
import Testing

@testable import Hypervisor
@testable import Text

/// What an agent says of file systems and of freezing them.
@Suite struct GuestFreezeTests {
  private static func reply(_ text: String) -> FakePeer.Reply { .bytes(Array((text + "\n").utf8)) }

  /// Whatever a frozen agent does not do is a state, and the conversation goes on in step.
  @Test func aFrozenAgentSaysSo() async throws {
    let agent = try await GuestProgramTests.agent { command, _ in
      guard command != "guest-fsfreeze-thaw" else { return Self.reply(#"{"return": 2}"#) }
      return Self.reply(
        #"{"error": {"class": "CommandNotFound", "desc": "Command \#(command) has been disabled: the agent is in frozen state"}}"#
      )
    }
    let failure = try await #require(throws: Failure.self) { _ = try await agent.run(GuestProgram("true")) }
    #expect(failure.code == .state && failure.cause.contains("frozen") && failure.remedy.contains("thaw"))
    #expect(try await agent.thaw() == 2)
  }

  @Test func whatAGuestClaimsIsBounded() {
    let one: JSON = ["name": "vda1", "mountpoint": "/", "type": "ext4", "total-bytes": 100, "used-bytes": -3]
    let long: JSON = ["name": .string(String(repeating: "x", count: 5000)), "mountpoint": "/a", "type": "ext4"]
    let list = GuestFileSystem.list(.array([one, long, 3, ["name": "x"]]))
    #expect(list == [GuestFileSystem(mount: "/", device: "vda1", kind: "ext4", total: 100)])
    #expect(GuestFileSystem.list(.array(Array(repeating: one, count: 5000))).count == GuestFileSystem.most)
    #expect(GuestFileSystem.list("nonsense").isEmpty)
  }

  /// An agent that may not run programs: the guest thaws nothing by itself.
  @Test func aGuestWithoutProgramsHasNoTimer() async throws {
    for answer in [
      #"{"error": {"class": "CommandNotFound", "desc": "Command guest-exec has been disabled"}}"#,
      #"{"error": {"class": "GenericError", "desc": "Failed to execute child process (No such file or directory)"}}"#,
    ] {
      let agent = try await GuestProgramTests.agent { _, _ in Self.reply(answer) }
      #expect(try await agent.armThaw(["/"], after: 5, scripts: false) == nil)
    }
  }
}
