import Failure
import FoundationEssentials
import GRPCCore
import Hypervisor
import NodeAPI
import NodeCore

/// `procurator.node.v1.Operations`: the screen, and the button for kernels.
struct OperationsService: Procurator_Node_V1_Operations.SimpleServiceProtocol {
  let fleet: Fleet

  init(fleet: Fleet) {
    self.fleet = fleet
  }

  func screenshot(
    request: Procurator_Node_V1_ScreenshotRequest, context: ServerContext
  ) async throws -> Procurator_Node_V1_ScreenshotReply {
    try await refusing {
      let vm = try await fleet.find(request.vm, operation: "take screenshot")
      guard let format = PictureFormat(rawValue: request.format.isEmpty ? "png" : request.format) else {
        throw Failure(
          .invalid, operation: "take screenshot", object: request.format, cause: "it is no format of pictures",
          remedy: "write png or ppm")
      }
      let picture = try await vm.screenshot(format)
      await vm.tell("picture of the screen taken", kind: .access)
      return .with { $0.data = Data(picture) }
    }
  }

  func injectNMI(
    request: Procurator_Node_V1_InjectNMIRequest, context: ServerContext
  ) async throws -> Procurator_Node_V1_InjectNMIReply {
    try await refusing {
      try await fleet.find(request.vm, operation: "inject NMI").injectNMI()
      return .init()
    }
  }

  func screen(
    request: Procurator_Node_V1_ScreenRequest, context: ServerContext
  ) async throws -> Procurator_Node_V1_ScreenReply {
    try await refusing {
      let vm = try await fleet.find(request.vm, operation: "show screen")
      let socket = try await vm.viewerSocket()
      await vm.tell("screen opened", kind: .access)
      return .with { $0.socket = socket }
    }
  }
}
