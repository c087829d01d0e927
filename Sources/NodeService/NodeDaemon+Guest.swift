import Failure
import GRPCCore
import Hypervisor
import NodeAPI
import NodeCore
import SwiftProtobuf

/// What goes through the guest's agent.
extension NodeDaemon {
  func agent(_ reference: String, _ operation: String) async throws -> GuestAgent {
    try await refusing { try await fleet.agent(reference, operation) }
  }

  func pingAgent(
    request: Limiquantix_Node_V1_VMIdRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_AgentPingResponse {
    let vm = try await refusing { try await fleet.find(request.vmID, operation: "ping agent") }
    return try await whileCalled(context.cancellation) {
      var response = Limiquantix_Node_V1_AgentPingResponse()
      do {
        guard let agent = await vm.agent else { throw await vm.notRunning("ping agent") }
        try await agent.ping()
        response.version = try await agent.info().version
        response.connected = true
      } catch {
        response.error = "\(error)"
      }
      return response
    }
  }

  func executeInGuest(
    request: Limiquantix_Node_V1_ExecuteInGuestRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_ExecuteInGuestResponse {
    let operation = "run in guest"
    guard request.workingDirectory.isEmpty else {
      throw Failure(
        .unsupported, operation: operation, object: "working_directory",
        cause: "qemu-guest-agent knows no working directory",
        remedy: "run a shell: sh -c 'cd DIR && exec …'"
      ).status
    }
    let agent = try await agent(request.vmID, operation)
    let seconds = request.timeoutSeconds == 0 ? GuestService.usualTimeout : request.timeoutSeconds
    let timeout = Duration.seconds(Int64(seconds))
    let program = GuestProgram(
      request.command, arguments: request.args, environment: request.environment.map { "\($0.key)=\($0.value)" },
      input: Array(request.stdinBytes))
    let clock = ContinuousClock()
    let start = clock.now
    var response = try await whileCalled(context.cancellation) {
      try await refusing { () throws -> Limiquantix_Node_V1_ExecuteInGuestResponse in
        guard request.waitForExit else {
          _ = try await agent.start(program)
          return .with { $0.success = true }
        }
        switch try await agent.run(program, timeout: timeout) {
        case .ended(let result): return .init(result)
        case .notStarted(let refusal):
          throw Failure(
            .system, operation: operation, object: request.command, cause: refusal.words,
            remedy: "name a program that is there and may be executed in the guest")
        case .late(let delay):
          return .with {
            $0.timedOut = true
            $0.error = delay.failure(request.command, timeout).cause
          }
        }
      }
    }
    response.durationMs = UInt64(max(0, (clock.now - start) / .milliseconds(1)))
    return response
  }

  func guestShutdown(
    request: Limiquantix_Node_V1_GuestShutdownRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_GuestShutdownResponse {
    let agent = try await agent(request.vmID, Fleet.goingDown)
    try await whileCalled(context.cancellation) {
      try await refusing { try await agent.shutdown(request.reboot ? .reboot : .powerdown) }
    }
    return .with { $0.accepted = true }
  }
}
