import Failure
import GRPCCore
import Life
import NodeAPI
import SwiftProtobuf

/// `procurator.node.v1.Life`: what the published service has no words for.
struct LifeService: Procurator_Node_V1_Life.SimpleServiceProtocol {
  let fleet: Fleet

  /// Longest time that a guest may be given to obey, in seconds.
  private static let longest: UInt32 = 3600

  func reboot(
    request: Procurator_Node_V1_RebootRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    let timeout: Duration = try await refusing {
      try self.timeout(request.timeoutSeconds, else: NodeDaemon.defaultStop, "reboot", cure: ", or reboot it hard")
    }
    try await fleet.reboot(request.vm, hard: request.hard, timeout: timeout)
    return Google_Protobuf_Empty()
  }

  func quiesce(
    request: Procurator_Node_V1_QuiesceRequest, context: ServerContext
  ) async throws -> Procurator_Node_V1_QuiesceReply {
    let ended: [String] = try await refusing {
      let timeout = try self.timeout(request.timeoutSeconds, else: .seconds(60), "quiesce", cure: "")
      return try await fleet.quiesce(timeout: timeout)
    }
    return .with { $0.ended = ended }
  }

  private func timeout(
    _ seconds: UInt32, else usual: Duration, _ step: String, cure: String
  ) throws(Failure) -> Duration {
    guard seconds <= Self.longest else {
      throw Failure(
        .invalid, step: step, object: "timeout_seconds", cause: "\(seconds) is above \(Self.longest)",
        cure: "allow at most \(Self.longest) seconds" + cure)
    }
    return seconds == 0 ? usual : .seconds(Int64(seconds))
  }
}

extension Fleet {
  /// Starts a guest anew and waits until that has begun.
  nonisolated func reboot(_ reference: String, hard: Bool, timeout: Duration) async throws {
    try await refusing {
      let vm = try await find(reference, step: "reboot")
      try await vm.submit(.reboot(hard: hard, timeout: timeout))
      try await vm.waitUntilDone("reboot", timeout: (hard ? .zero : timeout) + .seconds(20))
    }
  }

  /// Powers all guests off because the host goes down.
  ///
  /// - Returns: names of those that ended by it.
  /// - Throws: `.timeout` if some have not, though their power was cut.
  nonisolated func quiesce(timeout: Duration) async throws(Failure) -> [String] {
    let outcomes = await withTaskGroup(of: (name: String, hasEnded: Bool)?.self) { group in
      for vm in await all() {
        group.addTask {
          let ran = await vm.life.state.hasProcess
          // For those that do not run it is said too: they may wait for an automatic start.
          await vm.observe(.quiesce(timeout: timeout))
          guard ran else { return nil }
          return (vm.name, await vm.waitUntilEnded(timeout: timeout + Ladder.patience * 2))
        }
      }
      return await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }
    }
    let left = outcomes.filter { !$0.hasEnded }.map(\.name).sorted()
    guard left.isEmpty else {
      throw Failure(
        .timeout, step: "quiesce", object: left.joined(separator: ", "), cause: "their hypervisors have not ended",
        cure: "see the host's kernel log if SIGKILL does not end them")
    }
    return outcomes.map(\.name).sorted()
  }
}
