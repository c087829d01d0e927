import GRPCCore
import GRPCProtobuf
import NodeAPI
import SwiftProtobuf

/// What the contract has and this release does not serve.
extension NodeDaemon {
  private func notServed(_ method: String) -> RPCError {
    RPCError(
      code: .unimplemented,
      message:
        "\(method) is not served by this release: save the VM (vmsupervisor save), carry the folder to the other node, and restore it there"
    )
  }

  func prepareMigration(
    request: Limiquantix_Node_V1_PrepareMigrationRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_MigrationToken {
    throw notServed("PrepareMigration")
  }

  func receiveMigration(
    request: Limiquantix_Node_V1_MigrationToken, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    throw notServed("ReceiveMigration")
  }

  func migrateVM(
    request: Limiquantix_Node_V1_MigrateVMRequest, response: RPCWriter<Limiquantix_Node_V1_MigrationProgress>,
    context: ServerContext
  ) async throws {
    throw notServed("MigrateVM")
  }
}
