import Glibc
import Seeded
import Testing

extension Rig {
  /// Runs a command, and kills the supervisor, the VM's hypervisor or both at a random moment of it; returns when nothing is
  /// under way any more.
  /// - Parameters:
  ///   - within: milliseconds at most until then.
  ///   - pending: how what the record says of the operation begins.
  /// - Returns: 0 for the supervisor, 1 for the hypervisor, 2 for both.
  func interrupt(
    _ words: [String], of vm: String, within: Int, pending: String, _ random: inout SeededRandom
  ) async throws -> Int {
    let (binary, environment) = (bin + "/vmsupervisor", ["PROCURATOR_SOCKET": apiSocket])
    let job = Task { await Command.run(binary, words, environment: environment) }
    try await Task.sleep(for: .milliseconds(Int.random(in: 0...within, using: &random)))
    let both = Int.random(in: 0..<3, using: &random)
    let pid = await status(vm).pid
    if both != 0, pid > 0 { kill(pid, SIGKILL) }
    if both != 1 { await supervisor.kill9() }
    _ = await job.value
    if both != 1 { try await startSupervisor() }
    try await eventually("nothing is under way after \(words)") {
      let text = await cli("status", vm, "--output", "json").output
      let state = await status(vm).state
      return !text.contains("\"pending_operation\": \"\(pending)") && !["starting", "stopping"].contains(state)
    }
    return both
  }
}
