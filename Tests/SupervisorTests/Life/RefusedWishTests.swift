import Foundation
import Linux
import Testing

extension GuestTests {
  /// The log, the events and the history say what was done, not what was asked for and refused.
  @Test func whatWasRefusedIsNotSaidToBeDone() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web", extra: "nics: [{}]"))
      func lines() async throws -> [String] {
        let texts = [
          try Files.readText(rig.supervisor.log), await rig.ok("events", "--lines", "5000"),
          await rig.status("web").history.joined(separator: "\n"),
        ]
        return texts.flatMap { $0.split(separator: "\n").map(String.init) }
      }
      let before = Set(try await lines())
      let missing = rig.image("nothing.iso")
      for words in [
        ["disk", "attach", "web", "--name", "data", "--path", rig.image("nothing.raw")],
        ["disk", "attach", "web", "--name", "a/b", "--size", "1MiB"], ["disk", "detach", "web", "root"],
        ["disk", "detach", "web", "other"], ["disk", "resize", "web", "root", "512KiB"],
        ["nic", "attach", "web", "--network", "nowhere"], ["nic", "detach", "web", "0"],
        ["network", "web", "--forward", "70000:22"], ["network", "web", "--nic", "4", "--isolate"],
        ["cdrom", "insert", "web", missing], ["limit", "web", "--tasks", "1"], ["balloon", "web", "1TiB"],
        ["delete", "web"], ["resume", "nobody"],
      ] {
        let result = await Command.run(
          rig.bin + "/vmsupervisor", words, environment: ["PROCURATOR_SOCKET": rig.folder + "/run/vmsupervisor.sock"])
        #expect(result.status != 0, "\(words): \(result.output)")
      }
      let done = [
        "attached", "detached", " has ", "changed", "requested", "asked for", "deleted", "inserted", "stopped", "ended",
      ]
      for line in try await lines() where !before.contains(line) && !line.contains("not done: ") {
        for word in done { #expect(!line.contains(word), "\(line)") }
      }
      #expect(await rig.status("web").state == "running")
    }
  }
}
