import Failure
import GRPCCore
import Life
import NodeAPI
import SwiftProtobuf

/// `procurator.node.v1.Node`: what the contract has no method for.
struct NodeService: Procurator_Node_V1_Node.SimpleServiceProtocol {
  let fleet: Fleet

  func waitForState(
    request: Procurator_Node_V1_WaitRequest, context: ServerContext
  ) async throws -> Procurator_Node_V1_WaitReply {
    let vm = try await refusing { try await fleet.find(request.vm, step: "wait") }
    var goals: Set<Milestone> = []
    for text in request.states { goals.insert(try await refusing { try Milestone(text) }) }
    let timeout: Duration? = request.timeoutSeconds == 0 ? nil : .seconds(Int64(request.timeoutSeconds))
    let outcome = await vm.wait(for: goals, timeout: timeout)
    let life = await vm.life
    if outcome == .unreachable, !Task.isCancelled {
      let words = request.states.joined(separator: " or ")
      throw Failure(
        .state, step: "wait until \(words)", object: vm.name,
        cause: "it is \(life.state.rawValue)" + (life.why.map { ": \($0.cause)" } ?? ""),
        cure: life.why?.cure ?? "start it: vmsupervisor start \(vm.name)"
      ).status
    }
    return .with {
      $0.reached = outcome != .timedOut
      $0.state = outcome == .reached(.agent) ? "agent" : life.state.rawValue
      if let why = life.why { $0.why = .init(why) }
    }
  }

  func followLogs(
    request: Procurator_Node_V1_LogsRequest, response: RPCWriter<Procurator_Node_V1_LogChunk>, context: ServerContext
  ) async throws {
    let vm = try await refusing { try await fleet.find(request.vm, step: "read log") }
    let path = vm.paths.consoleLog
    var offset = LogTail.offset(path, lastLines: request.lines == 0 ? 100 : Int(request.lines))
    while !Task.isCancelled {
      let bytes = LogTail.read(path, from: offset, limit: 64 << 10)
      if !bytes.isEmpty {
        offset += bytes.count
        try await response.write(.with { $0.data = .init(bytes) })
        continue
      }
      guard request.follow else { return }
      // A file that became shorter was begun anew.
      offset = min(offset, LogTail.size(path))
      try await Task.sleep(for: .milliseconds(100))
    }
  }
}
