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
  /// - Throws: the first reason why some have not, with the names of all of them.
  nonisolated func quiesce(timeout: Duration) async throws(Failure) -> [String] {
    let ends = await withTaskGroup(of: (name: String, failure: Failure?)?.self) { group in
      for vm in await all() { group.addTask { await vm.quiesce(timeout: timeout) } }
      return await group.reduce(into: []) { $0.append($1) }.compactMap { $0 }.sorted { $0.name < $1.name }
    }
    let left = ends.filter { $0.failure != nil }
    if var failure = left.first?.failure {
      failure.object = left.map(\.name).joined(separator: ", ")
      throw failure
    }
    return ends.map(\.name)
  }
}

extension VirtualMachine {
  /// - Returns: nil if it did not run; else its name, and why it has not ended.
  fileprivate func quiesce(timeout: Duration) async -> (name: String, failure: Failure?)? {
    let ran = life.state.hasProcess
    // One that does not run is told too: it may wait for an automatic start.
    do throws(Failure) { try await submit(.quiesce(timeout: timeout)) } catch { return ran ? (name, error) : nil }
    guard ran else { return nil }
    if await waitUntilEnded(timeout: timeout + Ladder.patience * 2) { return (name, nil) }
    return (
      name,
      Failure(
        .timeout, step: "quiesce", object: name, cause: "the hypervisor has not ended",
        cure: "see vmsupervisor status, and the host's kernel log if SIGKILL does not end it")
    )
  }
}
