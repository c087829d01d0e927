import Foundation
import Testing

/// What a shell offers behind `vmsupervisor start`: the real script, in a real shell, with a real supervisor.
@Suite(.serialized) struct CompletionTests {
  private static let script =
    URL(filePath: #filePath).appending(path: "../../../../packaging/completions/bash/vmsupervisor").standardized.path

  /// What bash(1) has in COMPREPLY when the tab key is pressed at the end of `line`.
  private func offered(_ line: String, _ rig: Rig) async -> Command.Result {
    let press = """
      . "$1"
      COMP_LINE=$2 COMP_POINT=${#2}
      read -ra COMP_WORDS <<<"$COMP_LINE"
      [ "${COMP_LINE: -1}" != ' ' ] || COMP_WORDS+=('')
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      _vmsupervisor vmsupervisor "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
      echo "${COMPREPLY[*]}"
      """
    return await Command.run(
      "/bin/bash", ["--norc", "-c", press, "bash", Self.script, line],
      environment: ["PATH": "\(rig.bin):/usr/bin:/bin", "PROCURATOR_SOCKET": rig.folder + "/run/vmsupervisor.sock"])
  }

  @Test func bashOffersTheNamesOfVMs() async throws {
    try await Rig.run { rig in
      for name in ["web", "wiki", "db"] { await rig.ok("create", "-f", "-", input: rig.bareSpec(name)) }
      for line in ["start ", "console ", "disk detach ", "stop --timeout 3 "] {
        let words = Set(await offered("vmsupervisor " + line, rig).output.split(whereSeparator: \.isWhitespace))
        #expect(words == ["web", "wiki", "db"], "\(line)")
      }
      #expect(await offered("vmsupervisor explain wi", rig).output == "wiki\n")
      #expect(await offered("vmsupervisor expl", rig).output == "explain\n")
      for name in ["web", "wiki", "db"] { await rig.ok("delete", name) }

      // Nobody answers: nothing is offered, nothing is said.
      await rig.supervisor.stop()
      let away = await offered("vmsupervisor start ", rig)
      #expect(away.output == "\n" && away.error.isEmpty, "\(away)")
      try await rig.startSupervisor()
    }
  }
}
