import Failure
import GRPCCore
import Hypervisor
import NodeAPI
import SwiftProtobuf

/// What goes through the guest's agent.
extension NodeDaemon {
  func agent(_ reference: String, _ step: String) async throws -> GuestAgent {
    try await refusing {
      let vm = try await fleet.find(reference, step: step)
      guard let agent = await vm.agent else {
        let state = await vm.life.state
        if state == .running || state == .paused {
          throw Failure(
            .unsupported, step: step, object: vm.name, cause: "it has no guest agent port",
            cure: "set agent: true in its spec")
        }
        throw await vm.notRunning(step)
      }
      guard await vm.life.agentConnected else {
        throw Failure(
          .state, step: step, object: vm.name, cause: "its guest agent is not connected",
          cure: "wait for it: vmsupervisor wait \(vm.name) --state agent; or install qemu-guest-agent in the guest")
      }
      return agent
    }
  }

  func pingAgent(
    request: Limiquantix_Node_V1_VMIdRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_AgentPingResponse {
    let vm = try await refusing { try await fleet.find(request.vmID, step: "ping agent") }
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

  func executeInGuest(
    request: Limiquantix_Node_V1_ExecuteInGuestRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_ExecuteInGuestResponse {
    let step = "run in guest"
    guard request.workingDirectory.isEmpty else {
      throw Failure(
        .unsupported, step: step, object: "working_directory", cause: "qemu-guest-agent knows no working directory",
        cure: "run a shell: sh -c 'cd DIR && exec …'"
      ).status
    }
    let agent = try await agent(request.vmID, step)
    let timeout: Duration = .seconds(request.timeoutSeconds == 0 ? 60 : Int64(request.timeoutSeconds))
    var response = Limiquantix_Node_V1_ExecuteInGuestResponse()
    let clock = ContinuousClock()
    let start = clock.now
    do throws(Failure) {
      let result = try await agent.exec(
        request.command, arguments: request.args, environment: request.environment.map { "\($0.key)=\($0.value)" },
        timeout: request.waitForExit ? timeout : .zero)
      response.success = true
      response.exitCode = result.shellStatus
      response.stdout = String(decoding: result.output, as: UTF8.self)
      response.stderr = String(decoding: result.errors, as: UTF8.self)
    } catch {
      guard error.code == .timeout, error.step == step else { throw error.status }
      response.success = !request.waitForExit
      response.timedOut = request.waitForExit
    }
    response.durationMs = UInt64((clock.now - start) / .milliseconds(1))
    return response
  }

  func guestShutdown(
    request: Limiquantix_Node_V1_GuestShutdownRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_GuestShutdownResponse {
    let agent = try await agent(request.vmID, "shut guest down")
    try await refusing { try await agent.shutdown(request.reboot ? .reboot : .powerdown) }
    return .with { $0.accepted = true }
  }
}
