import Failure
import GRPCCore
import NodeAPI
import NodeCore

/// `procurator.node.v1.Saves`: VMs that are saved into folders and made again from them.
struct SavesService: Procurator_Node_V1_Saves.SimpleServiceProtocol {
  let fleet: Fleet

  func save(
    request: Procurator_Node_V1_SaveRequest, context: ServerContext
  ) async throws -> Procurator_Node_V1_SaveReply {
    try await refusing {
      let vm = try await fleet.find(request.vm, operation: "save")
      let (place, manifest) = try await fleet.save(vm, into: request.folder, isDiskOnly: request.disksOnly)
      return .with {
        $0.folder = place.path
        $0.consistency = manifest.consistency.rawValue
        $0.bytes = manifest.bytes
      }
    }
  }

  func restore(
    request: Procurator_Node_V1_RestoreRequest, context: ServerContext
  ) async throws -> Procurator_Node_V1_RestoreReply {
    try await refusing {
      let restored = try await fleet.restore(
        request.folder, name: request.name.isEmpty ? nil : request.name, disksOnly: request.disksOnly)
      if request.start {
        try await restored.vm.submit(.start)
        if let why = await restored.vm.outcomeOfStart() { throw why }
      }
      return .with {
        $0.vmID = restored.vm.id
        $0.name = restored.vm.name
        $0.remarks = restored.remarks
      }
    }
  }
}
