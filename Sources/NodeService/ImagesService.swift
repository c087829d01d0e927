import GRPCCore
import NodeAPI
import NodeCore
import SwiftProtobuf

/// `procurator.node.v1.Images`: images in pools, as files.
struct ImagesService: Procurator_Node_V1_Images.SimpleServiceProtocol {
  let fleet: Fleet

  init(fleet: Fleet) {
    self.fleet = fleet
  }

  func delete(
    request: Procurator_Node_V1_DeleteImageRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    try await refusing {
      try await fleet.context.pools.deleteImage(request.path, in: request.poolID, uses: await fleet.diskUses())
      return Google_Protobuf_Empty()
    }
  }
}
