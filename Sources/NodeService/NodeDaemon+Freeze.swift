import Failure
import GRPCCore
import NodeAPI
import NodeCore
import SwiftProtobuf

/// File systems of guests that stand still for a copy of their disks.
extension NodeDaemon {
  func quiesceFilesystems(
    request: Limiquantix_Node_V1_QuiesceFilesystemsRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_QuiesceFilesystemsResponse {
    let vm = try await refusing { try await fleet.find(request.vmID, operation: "freeze file systems") }
    let time = request.timeoutSeconds == 0 ? nil : Duration.seconds(Int64(request.timeoutSeconds))
    let frozen = try await whileCalled(context.cancellation) {
      try await refusing {
        try await vm.freeze(mounts: request.mountPoints, within: time, scripts: request.runPreFreezeScripts)
      }
    }
    return .with {
      $0.success = true
      $0.quiesceToken = frozen.token
      $0.frozen = frozen.fileSystems.map { one in
        .with {
          $0.mountPoint = one.system.mount
          $0.device = one.system.device
          $0.filesystem = one.system.kind
          $0.frozen = one.isFrozen
          $0.error = one.error
        }
      }
      $0.thawsAt = .init(frozen.deadline)
      $0.armedInGuest = frozen.isArmedInGuest
      if !frozen.isArmedInGuest { $0.error = FrozenGuest.unarmed }
    }
  }

  func thawFilesystems(
    request: Limiquantix_Node_V1_ThawFilesystemsRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_ThawFilesystemsResponse {
    let operation = "thaw file systems"
    let vm = try await refusing { try await fleet.find(request.vmID, operation: operation) }
    let thawed = try await whileCalled(context.cancellation) {
      try await refusing {
        if request.anyToken, !request.quiesceToken.isEmpty {
          throw Failure(
            .invalid, operation: operation, object: "any_token", cause: "it is set, and quiesce_token is not empty",
            remedy: "say one of them")
        }
        return try await vm.thaw(
          token: request.anyToken ? nil : request.quiesceToken, mounts: request.mountPoints,
          scripts: request.runPostThawScripts)
      }
    }
    return .with {
      $0.success = thawed.scriptFailure == nil
      $0.thawedMountPoints = thawed.mounts
      $0.error = thawed.scriptFailure?.description ?? ""
      $0.frozenDurationMs = UInt64(max(0, thawed.length / .milliseconds(1)))
      $0.wasHeld = thawed.wasHeld
    }
  }
}
