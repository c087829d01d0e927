import Foundation
import Linux
import Testing

@testable import vmsupervisor

@Suite(.serialized) struct EventsTests {
  /// Events in a file of JSON lines.
  private static func events(_ path: String) -> [[String: Any]] {
    let text = (try? Files.readText(path)) ?? ""
    return text.split(separator: "\n").compactMap { line in
      (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
    }
  }

  @Test func followingSurvivesARestart() async throws {
    try await Rig.run { rig in
      let follower = Daemon(log: rig.folder + "/events.out")
      try follower.start([
        rig.bin + "/vmsupervisor", "events", "--socket", rig.folder + "/run/vmsupervisor.sock", "--follow", "--output",
        "json",
      ])
      try await eventually("it follows") { !Self.events(follower.log).isEmpty }
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("web"))
      await rig.supervisor.kill9()
      try await rig.startSupervisor()
      await rig.ok("kill", "web")
      await rig.ok("delete", "web")
      try await eventually("it has seen everything") {
        Self.events(follower.log).contains { $0["kind"] as? String == "deleted" }
      }
      await follower.stop()
      let sequences = Self.events(follower.log).compactMap { $0["sequence"] as? Int }
      #expect(sequences == Array(1...(sequences.last ?? 0)), "each once, none left out")
      let states = Self.events(follower.log).compactMap { $0["to"] as? String }.filter { !$0.isEmpty }
      #expect(states.contains("running"))

      // The past of a VM that is no more.
      #expect(await rig.ok("events", "web").contains("running"))
      #expect(await rig.cli("events", "nobody").status == 4)
      #expect(await rig.ok("events", "-n", "1", "--output", "json").split(separator: "\n").count == 1)
      #expect(await rig.ok("events", "--since", "1h").contains("web"))
      #expect(await rig.cli("events", "--since", "soon").status == 1)
    }
  }
}
