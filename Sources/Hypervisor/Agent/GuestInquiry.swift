package import Failure
package import FoundationEssentials
import Text

/// Asking a guest what it is.
extension GuestAgent {
  /// Asks for everything that its agent tells; what it does not is left out.
  /// - Throws: that nobody answers, or that it is frozen.
  package func facts(time: Date) async throws(Failure) -> GuestFacts {
    var facts = GuestFacts(time: time)
    let info = try await info()
    facts.take(info)
    if let answer = try await told("guest-get-osinfo", info) { facts.take(system: answer) }
    if let answer = try await told("guest-get-host-name", info) {
      facts.hostName = GuestFacts.word(answer["host-name"])
    }
    if let answer = try await told("guest-network-get-interfaces", info) {
      facts.take(AgentMessage.interfaces(answer))
    }
    if let answer = try await told("guest-get-fsinfo", info) { facts.take(GuestFileSystem.list(answer)) }
    if info.commands.contains("guest-file-read"), !facts.kernel.isEmpty {
      if let uptime = await text("/proc/uptime") {
        facts.load = GuestLoad(
          uptime: uptime, averages: await text("/proc/loadavg") ?? "", memory: await text("/proc/meminfo") ?? "")
      }
    }
    return facts
  }

  /// Seconds since the guest's kernel started; nil if the guest does not tell.
  package func uptime() async -> UInt64? {
    guard let text = await text("/proc/uptime") else { return nil }
    return GuestLoad(uptime: text, averages: "", memory: "").uptime.flatMap { UInt64(exactly: $0.rounded(.down)) }
  }

  /// - Returns: nil if the agent cannot tell it.
  private func told(_ command: String, _ info: GuestAgentInfo) async throws(Failure) -> JSON? {
    guard info.commands.contains(command) else { return nil }
    do throws(Failure) { return try await request(command) } catch {
      guard [.system, .unsupported, .exhausted].contains(error.code) else { throw error }
      return nil
    }
  }

  private func text(_ path: String) async -> String? {
    guard let part = try? await read(path, from: 0, limit: 16 << 10) else { return nil }
    return String(decoding: part.data, as: UTF8.self)
  }
}
