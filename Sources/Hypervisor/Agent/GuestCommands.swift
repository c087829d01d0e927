package import Failure

extension GuestAgent {
  /// Asks for a sign of life (`guest-ping`).
  package func ping(timeout: Duration = .seconds(5)) async throws(Failure) {
    _ = try await request("guest-ping", timeout: timeout)
  }

  /// Asks what the agent can do (`guest-info`).
  package func info() async throws(Failure) -> GuestAgentInfo { AgentMessage.info(try await request("guest-info")) }

  /// Time of the guest in nanoseconds since 1970 (`guest-get-time`).
  package func time() async throws(Failure) -> Int64 {
    guard let time = try await request("guest-get-time").integer else { throw Self.malformed("guest-get-time") }
    return time
  }

  /// The guest's network cards (`guest-network-get-interfaces`).
  package func networkInterfaces() async throws(Failure) -> [GuestInterface] {
    AgentMessage.interfaces(try await request("guest-network-get-interfaces"))
  }

  /// Powers the guest off or starts it again (`guest-shutdown`), which has no answer when it succeeds: follow QMP.
  package func shutdown(_ mode: GuestShutdownMode) async throws(Failure) {
    _ = try await request(
      "guest-shutdown", arguments: ["mode": .string(mode.rawValue)], answers: false, timeout: .seconds(1))
  }

  package static func malformed(_ what: String) -> Failure {
    Failure(
      .protocol, part: .agent, operation: "read guest agent's answer", object: what,
      cause: "it does not have the promised form")
  }
}
