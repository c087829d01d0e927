import Failure
import GRPCCore
import Life
import NodeAPI
import SwiftProtobuf

/// `procurator.node.v1.Life`: what the published service has no words for.
struct LifeService: Procurator_Node_V1_Life.SimpleServiceProtocol {
  let fleet: Fleet

  /// Longest time that a guest may be given to start anew by itself.
  private static let longest: UInt32 = 3600

  func reboot(
    request: Procurator_Node_V1_RebootRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    let seconds = request.timeoutSeconds
    try await refusing {
      guard seconds <= Self.longest else {
        throw Failure(
          .invalid, step: "reboot", object: "timeout_seconds", cause: "\(seconds) is above \(Self.longest)",
          cure: "allow at most \(Self.longest) seconds, or reboot it hard")
      }
    }
    let timeout = seconds == 0 ? NodeDaemon.defaultStop : .seconds(Int64(seconds))
    try await fleet.reboot(request.vm, hard: request.hard, timeout: timeout)
    return Google_Protobuf_Empty()
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
}
