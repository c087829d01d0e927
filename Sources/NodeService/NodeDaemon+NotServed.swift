import GRPCCore
import GRPCProtobuf
import NodeAPI
import SwiftProtobuf

/// What the contract has and this release does not serve.
extension NodeDaemon {
  private func notServed(_ method: String) -> RPCError {
    RPCError(code: .unimplemented, message: "\(method) is not served by this release")
  }

  // MARK: figures

  func streamMetrics(
    request: Limiquantix_Node_V1_StreamMetricsRequest, response: RPCWriter<Limiquantix_Node_V1_NodeMetrics>,
    context: ServerContext
  ) async throws {
    throw notServed("StreamMetrics")
  }

  // MARK: storage

  func initStoragePool(
    request: Limiquantix_Node_V1_InitStoragePoolRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_StoragePoolInfoResponse {
    throw notServed("InitStoragePool")
  }

  func destroyStoragePool(
    request: Limiquantix_Node_V1_StoragePoolIdRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    throw notServed("DestroyStoragePool")
  }

  func getStoragePoolInfo(
    request: Limiquantix_Node_V1_StoragePoolIdRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_StoragePoolInfoResponse {
    throw notServed("GetStoragePoolInfo")
  }

  func listStoragePools(
    request: Google_Protobuf_Empty, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_ListStoragePoolsResponse {
    throw notServed("ListStoragePools")
  }

  func listStoragePoolFiles(
    request: Limiquantix_Node_V1_ListStoragePoolFilesRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_ListStoragePoolFilesResponse {
    throw notServed("ListStoragePoolFiles")
  }

  func listVolumes(
    request: Limiquantix_Node_V1_ListVolumesRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_ListVolumesResponse {
    throw notServed("ListVolumes")
  }

  func createVolume(
    request: Limiquantix_Node_V1_CreateVolumeRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_VolumeInfoResponse {
    throw notServed("CreateVolume")
  }

  func deleteVolume(
    request: Limiquantix_Node_V1_VolumeIdRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    throw notServed("DeleteVolume")
  }

  func cloneVolume(
    request: Limiquantix_Node_V1_CloneVolumeRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    throw notServed("CloneVolume")
  }

  func getVolumeAttachInfo(
    request: Limiquantix_Node_V1_VolumeIdRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_VolumeAttachInfoResponse {
    throw notServed("GetVolumeAttachInfo")
  }

  func createVolumeSnapshot(
    request: Limiquantix_Node_V1_CreateVolumeSnapshotRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    throw notServed("CreateVolumeSnapshot")
  }

  func listImages(
    request: Google_Protobuf_Empty, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_ListImagesResponse {
    throw notServed("ListImages")
  }

  func downloadImage(
    request: Limiquantix_Node_V1_DownloadImageOnNodeRequest, response: RPCWriter<Limiquantix_Node_V1_DownloadProgress>,
    context: ServerContext
  ) async throws {
    throw notServed("DownloadImage")
  }

  func getDownloadStatus(
    request: Limiquantix_Node_V1_GetDownloadStatusRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_DownloadProgress {
    throw notServed("GetDownloadStatus")
  }

  func cancelDownload(
    request: Limiquantix_Node_V1_CancelDownloadRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    throw notServed("CancelDownload")
  }

  // MARK: migration

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

  // MARK: ports

  func getOVSStatus(
    request: Google_Protobuf_Empty, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_OVSStatusResponse {
    throw notServed("GetOVSStatus")
  }

  func configureNetworkPort(
    request: Limiquantix_Node_V1_ConfigureNetworkPortRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_NetworkPortInfo {
    throw notServed("ConfigureNetworkPort")
  }

  func deleteNetworkPort(
    request: Limiquantix_Node_V1_DeleteNetworkPortRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    throw notServed("DeleteNetworkPort")
  }

  func getNetworkPortStatus(
    request: Limiquantix_Node_V1_GetNetworkPortStatusRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_NetworkPortInfo {
    throw notServed("GetNetworkPortStatus")
  }

  func listNetworkPorts(
    request: Google_Protobuf_Empty, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_ListNetworkPortsResponse {
    throw notServed("ListNetworkPorts")
  }
}
