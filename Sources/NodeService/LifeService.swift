package import Failure
import GRPCCore
import Life
import NodeAPI
import NodeCore
import SwiftProtobuf

/// `procurator.node.v1.Life`: what the published service has no words for.
struct LifeService: Procurator_Node_V1_Life.SimpleServiceProtocol {
  let fleet: Fleet

  init(fleet: Fleet) {
    self.fleet = fleet
  }

  /// Longest time that a guest may be given to obey, in seconds.
  private static let longest: UInt32 = 3600

  func stop(
    request: Procurator_Node_V1_StopRequest, context: ServerContext
  ) async throws -> Procurator_Node_V1_PowerReply {
    .init(
      cut: try await refusing {
        let usual = LifeCycle.stopGrace
        let timeout = try Self.timeout(request.timeoutSeconds, else: usual, "stop", remedy: ", or kill it")
        return try await fleet.find(request.vm, operation: "stop").powerOff(timeout: timeout)
      })
  }

  func reboot(
    request: Procurator_Node_V1_RebootRequest, context: ServerContext
  ) async throws -> Procurator_Node_V1_PowerReply {
    let timeout: Duration = try await refusing {
      try Self.timeout(request.timeoutSeconds, else: LifeCycle.stopGrace, "reboot", remedy: ", or reboot it hard")
    }
    return .init(cut: try await fleet.reboot(request.vm, hard: request.hard, timeout: timeout))
  }

  func quiesce(
    request: Procurator_Node_V1_QuiesceRequest, context: ServerContext
  ) async throws -> Procurator_Node_V1_QuiesceReply {
    let ends: [QuiescedVM] = try await refusing {
      let timeout = try Self.timeout(request.timeoutSeconds, else: .seconds(60), "quiesce", remedy: "")
      return try await fleet.quiesce(timeout: timeout)
    }
    return .with { reply in
      reply.ended = ends.map(\.name)
      reply.cut = ends.compactMap { end in
        end.cut.map { cut in
          .with {
            $0.vm = end.name
            $0.why = .init(cut)
          }
        }
      }
    }
  }

  /// The time that a guest is given.
  /// - Throws: `.invalid` if it is longer than anybody waits.
  static func timeout(
    _ seconds: UInt32, else usual: Duration, _ operation: String, remedy: String
  ) throws(Failure) -> Duration {
    guard seconds <= Self.longest else {
      throw Failure(
        .invalid, operation: operation, object: "timeout_seconds", cause: "\(seconds) is above \(Self.longest)",
        remedy: "allow at most \(Self.longest) seconds" + remedy)
    }
    return seconds == 0 ? usual : .seconds(Int64(seconds))
  }
}

extension Fleet {
  /// Starts a guest again and waits until that has begun.
  /// - Returns: that it did not obey and was reset; nil if it did, or nobody asked it.
  package nonisolated func reboot(_ reference: String, hard: Bool, timeout: Duration) async throws -> Failure? {
    try await refusing {
      let vm = try await find(reference, operation: "reboot")
      try await vm.submit(.reboot(hard: hard, timeout: timeout))
      try await vm.waitUntilDone("reboot", timeout: (hard ? .zero : timeout) + .seconds(20))
      return await vm.life.cut
    }
  }

  /// Powers all guests off because the host goes down.
  ///
  /// - Returns: those that ended by it.
  /// - Throws: the first reason why some have not, with the names of all of them.
  package nonisolated func quiesce(timeout: Duration) async throws(Failure) -> [QuiescedVM] {
    let ends = await withTaskGroup(of: [QuiescedVM].self) { group in
      for vm in await all() { group.addTask { [await vm.quiesce(timeout: timeout)].compactMap(\.self) } }
      return await group.reduce(into: []) { $0 += $1 }.sorted { $0.name < $1.name }
    }
    let left = ends.filter { $0.failure != nil }
    if var failure = left.first?.failure {
      failure.object = left.map(\.name).joined(separator: ", ")
      throw failure
    }
    return ends
  }
}

/// What became of a VM because the host goes down.
package struct QuiescedVM: Sendable {
  package var name: String
  /// Why it has not ended.
  package var failure: Failure?
  /// That it did not obey, and its power was cut.
  package var cut: Failure?
}

extension Procurator_Node_V1_PowerReply {
  fileprivate init(cut failure: Failure?) {
    self.init()
    if let failure { cut = .init(failure) }
  }
}

extension VirtualMachine {
  /// - Returns: nil if it did not run.
  fileprivate func quiesce(timeout: Duration) async -> QuiescedVM? {
    let ran = life.state.hasProcess
    // One that does not run is told too: it may wait for an automatic start.
    do throws(Failure) { try await submit(.quiesce(timeout: timeout)) } catch {
      return ran ? QuiescedVM(name: name, failure: error) : nil
    }
    guard ran else { return nil }
    if await waitUntilEnded(timeout: timeout + Escalation.interval * 2) { return QuiescedVM(name: name, cut: life.cut) }
    return QuiescedVM(
      name: name,
      failure: Failure(
        .timeout, operation: "quiesce", object: name, cause: "the hypervisor has not ended",
        remedy: "see vmsupervisor status, and the host's kernel log if SIGKILL does not end it"))
  }
}
