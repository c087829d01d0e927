import Failure
import GRPCCore
import NodeAPI
import NodeCore
import Storage
import SwiftProtobuf
import VMSpec

/// Volumes and images, by the contract.
extension NodeDaemon {
  private var pools: Pools { fleet.context.pools }

  func listVolumes(
    request: Limiquantix_Node_V1_ListVolumesRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_ListVolumesResponse {
    try await refusing {
      let volumes = try await pools.volumes(request.poolID, uses: await fleet.diskUses())
      return .with { $0.volumes = volumes.map { .init($0) } }
    }
  }

  func createVolume(
    request: Limiquantix_Node_V1_CreateVolumeRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_VolumeInfoResponse {
    try await refusing {
      let (pools, fleet, wanted) = (pools, fleet, try request.newVolume())
      // Whoever has left waits for nothing.
      let volume = try await whileCalled(context.cancellation) {
        try await pools.createVolume(wanted, in: request.poolID, uses: fleet.usesNow)
      }
      return .init(VolumeStatus(volume: volume, pool: request.poolID, users: []))
    }
  }

  func deleteVolume(
    request: Limiquantix_Node_V1_VolumeIdRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    try await refusing {
      try await pools.deleteVolume(request.volumeID, in: request.poolID, uses: await fleet.diskUses())
      return Google_Protobuf_Empty()
    }
  }

  func cloneVolume(
    request: Limiquantix_Node_V1_CloneVolumeRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    try await refusing {
      let (pools, fleet) = (pools, fleet)
      _ = try await whileCalled(context.cancellation) {
        try await pools.createVolume(
          .init(id: request.destVolumeID, origin: .clone(request.sourceVolumeID)), in: request.poolID,
          uses: fleet.usesNow, "clone volume")
      }
      return Google_Protobuf_Empty()
    }
  }

  func getVolumeAttachInfo(
    request: Limiquantix_Node_V1_VolumeIdRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_VolumeAttachInfoResponse {
    try await refusing {
      let volume = try await pools.volume(request.volumeID, in: request.poolID, "show volume")
      if let trouble = volume.trouble { throw trouble }
      return .with {
        $0.volumeID = volume.id
        $0.path = volume.path
        $0.diskXml = volume.diskXML
      }
    }
  }

  func createVolumeSnapshot(
    request: Limiquantix_Node_V1_CreateVolumeSnapshotRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    try await refusing {
      try await pools.createSnapshot(request.snapshotID, of: request.volumeID, in: request.poolID)
      return Google_Protobuf_Empty()
    }
  }

  // MARK: images

  func listImages(
    request: Google_Protobuf_Empty, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_ListImagesResponse {
    let images = await pools.images()
    return .with {
      $0.images = images.map { image in
        .with {
          $0.imageID = image.id
          $0.name = image.name
          $0.path = image.path
          $0.sizeBytes = image.size
          $0.format = image.format
        }
      }
    }
  }
}

extension Limiquantix_Node_V1_CreateVolumeRequest {
  func newVolume() throws(Failure) -> Pools.NewVolume {
    func choice<T: RawRepresentable & CaseIterable>(_ field: String, _ text: String) throws(Failure) -> T?
    where T.RawValue == String {
      guard !text.isEmpty else { return nil }
      if let value = T(rawValue: text) { return value }
      throw Failure(
        .invalid, part: .disk, operation: "create volume", object: "\(field) `\(text.prefix(64))`",
        cause: "it is none of its values", remedy: "write \(T.allCases.map(\.rawValue).joined(separator: " or "))")
    }
    let origin: VolumeOrigin
    switch sourceType {
    case .volumeSourceEmpty: origin = .empty
    case .volumeSourceClone: origin = .clone(sourceID)
    case .volumeSourceImage: origin = .image(sourceID)
    case .volumeSourceSnapshot: origin = .snapshot(sourceID)
    case .UNRECOGNIZED(let number):
      throw Failure(
        .invalid, part: .disk, operation: "create volume", object: "source_type \(number)", cause: "it is not known",
        remedy: "send one of VolumeSourceType")
    }
    if origin == .empty, !sourceID.isEmpty {
      throw Failure(
        .invalid, part: .disk, operation: "create volume", object: "source_id",
        cause: "an empty volume is made of nothing", remedy: "send a source_type too, or leave source_id out")
    }
    return Pools.NewVolume(
      id: volumeID, size: sizeBytes, format: try choice("format", format),
      preallocation: try choice("preallocation", preallocation) ?? .off, origin: origin)
  }
}

extension Limiquantix_Node_V1_VolumeInfoResponse {
  init(_ status: VolumeStatus) {
    self.init()
    volumeID = status.volume.id
    poolID = status.pool
    sizeBytes = status.volume.size
    format = status.volume.format.rawValue
    path = status.volume.path
    attachedTo = status.users.first ?? ""
    if let why = status.volume.trouble { trouble = why.cause }
  }
}
