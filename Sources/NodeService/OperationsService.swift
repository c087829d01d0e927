import Failure
import FoundationEssentials
import GRPCCore
import Hypervisor
import NodeAPI
import NodeCore
import SwiftProtobuf
import VMSpec

/// `procurator.node.v1.Operations`: devices, media and the screen.
struct OperationsService: Procurator_Node_V1_Operations.SimpleServiceProtocol {
  let fleet: Fleet

  init(fleet: Fleet) {
    self.fleet = fleet
  }

  func attachDisk(
    request: Procurator_Node_V1_DiskAttachment, context: ServerContext
  ) async throws -> Procurator_Node_V1_AttachedDisk {
    try await refusing {
      let vm = try await fleet.find(request.vm, operation: "attach disk")
      let path = request.path.isEmpty ? nil : request.path
      let format = request.format.isEmpty ? .usual(for: path) : DiskSpec.Format(rawValue: request.format)
      guard let format else {
        throw Failure(
          .invalid, operation: "attach disk", object: "\(vm.name): format", cause: "`\(request.format)` is no format",
          remedy: "write qcow2 or raw")
      }
      let name = try await vm.attachDisk(
        DiskSpec(
          name: request.name.isEmpty ? nil : request.name, path: path, format: format,
          isFormatGuessed: request.format.isEmpty && path != nil, readonly: request.readonly,
          size: request.sizeBytes == 0 ? nil : request.sizeBytes))
      return .with { $0.name = name }
    }
  }

  func detachDisk(
    request: Procurator_Node_V1_DiskDetachment, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    try await refusing {
      let vm = try await fleet.find(request.vm, operation: "detach disk", exact: request.deleteImage)
      try await vm.detachDisk(request.name, removes: request.deleteImage)
      return Google_Protobuf_Empty()
    }
  }

  func resizeDisk(
    request: Procurator_Node_V1_DiskResize, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    try await refusing {
      let vm = try await fleet.find(request.vm, operation: "resize disk")
      try await vm.resizeDisk(request.name, to: request.sizeBytes)
      return Google_Protobuf_Empty()
    }
  }

  func attachNIC(
    request: Procurator_Node_V1_NICAttachment, context: ServerContext
  ) async throws -> Procurator_Node_V1_AttachedNIC {
    try await refusing {
      let vm = try await fleet.find(request.vm, operation: "attach NIC")
      var nic = try request.nic.attachable(vm.name)
      if !request.address.isEmpty { nic.address = request.address }
      let number = try await vm.attachNIC(nic, id: request.nic.id.isEmpty ? nil : request.nic.id)
      let status = await vm.status
      return .with { $0.nic = .init(status.record, nic: number, attached: status.incarnation != nil) }
    }
  }

  func detachNIC(
    request: Procurator_Node_V1_NICDetachment, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    try await refusing {
      let vm = try await fleet.find(request.vm, operation: "detach NIC")
      try await vm.detachNIC(Int(request.number))
      return Google_Protobuf_Empty()
    }
  }

  func changeMedium(
    request: Procurator_Node_V1_MediumChange, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    try await refusing {
      let vm = try await fleet.find(request.vm, operation: "change medium")
      try await vm.changeMedium(
        request.path.isEmpty ? nil : request.path, drive: request.drive, force: request.force)
      return Google_Protobuf_Empty()
    }
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
