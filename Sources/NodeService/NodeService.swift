import Failure
package import GRPCCore
import Life
package import NodeAPI
package import NodeCore
import SwiftProtobuf

/// `procurator.node.v1.Node`: what the contract has no method for.
package struct NodeService: Procurator_Node_V1_Node.SimpleServiceProtocol {
  package let fleet: Fleet

  package init(fleet: Fleet) {
    self.fleet = fleet
  }

  package func waitForState(
    request: Procurator_Node_V1_WaitRequest, context: ServerContext
  ) async throws -> Procurator_Node_V1_WaitReply {
    let vm = try await refusing { try await fleet.find(request.vm, operation: "wait") }
    var goals: Set<Milestone> = []
    for text in request.states { goals.insert(try await refusing { try Milestone(text) }) }
    let timeout: Duration? = request.timeoutSeconds == 0 ? nil : .seconds(Int64(request.timeoutSeconds))
    let outcome = try await whileCalled(context.cancellation) { [goals] in await vm.wait(for: goals, timeout: timeout) }
    let life = await vm.life
    let why = life.why
    if outcome == .unreachable, !Task.isCancelled {
      let words = request.states.joined(separator: " or ")
      throw Failure(
        .state, operation: "wait until \(words)", object: vm.name,
        cause: "it is \(life.state.rawValue)" + (why.map { ": \($0.cause)" } ?? ""),
        remedy: why?.remedy ?? "start it: vmsupervisor start \(vm.name)"
      ).status
    }
    return .with {
      $0.reached = outcome != .timedOut
      $0.state = outcome == .reached(.agent) ? "agent" : life.state.rawValue
      if let why { $0.why = .init(why) }
    }
  }
}
