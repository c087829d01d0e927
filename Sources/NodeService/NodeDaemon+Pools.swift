import Failure
import FoundationEssentials
import GRPCCore
import NodeAPI
import NodeCore
import Storage
import SwiftProtobuf

/// Pools, by the contract.
extension NodeDaemon {
  private var pools: Pools { fleet.context.pools }

  func initStoragePool(
    request: Limiquantix_Node_V1_InitStoragePoolRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_StoragePoolInfoResponse {
    try await refusing {
      let (path, capacity) = try request.folder()
      try await pools.create(request.poolID, path: path, capacity: capacity)
      return .init(try await pools.status(request.poolID, uses: await fleet.diskUses(), "show pool"))
    }
  }

  func destroyStoragePool(
    request: Limiquantix_Node_V1_StoragePoolIdRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    try await refusing {
      try await pools.destroy(request.poolID, uses: await fleet.diskUses())
      return Google_Protobuf_Empty()
    }
  }

  func getStoragePoolInfo(
    request: Limiquantix_Node_V1_StoragePoolIdRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_StoragePoolInfoResponse {
    try await refusing {
      .init(try await pools.status(request.poolID, uses: await fleet.diskUses(), "show pool"))
    }
  }

  func listStoragePools(
    request: Google_Protobuf_Empty, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_ListStoragePoolsResponse {
    let uses = await fleet.diskUses()
    var response = Limiquantix_Node_V1_ListStoragePoolsResponse()
    for pool in await pools.all() {
      let status = try? await pools.status(pool.id, uses: uses, "list pools")
      response.pools.append(status.map { .init($0) } ?? .init(pool))
    }
    return response
  }

  func listStoragePoolFiles(
    request: Limiquantix_Node_V1_ListStoragePoolFilesRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_ListStoragePoolFilesResponse {
    try await refusing {
      let files = try await pools.files(request.poolID, request.path)
      return .with {
        $0.currentPath = request.path
        $0.entries = files.map { .init($0) }
      }
    }
  }
}

extension Limiquantix_Node_V1_InitStoragePoolRequest {
  /// The folder that is asked for, and bytes that may be promised of it; what we do not have is refused.
  func folder() throws(Failure) -> (path: String, capacity: UInt64?) {
    let operation = "create pool"
    func refusal(_ code: Failure.Code, _ field: String, _ cause: String, _ remedy: String) -> Failure {
      Failure(code, part: .disk, operation: operation, object: field, cause: cause, remedy: remedy)
    }
    let byHost = "let the host mount or attach it, then make a pool of type LOCAL_DIR of a folder there"
    switch type {
    case .localDir: break
    case .nfs, .cephFs, .localLvm, .cephRbd, .iscsi:
      throw refusal(.state, "type \(type)", "this node makes pools of folders alone", byHost)
    case .unspecified, .UNRECOGNIZED:
      throw refusal(.invalid, "type", "it is not said, or not known", "send STORAGE_POOL_TYPE_LOCAL_DIR")
    }
    for (name, isSet) in [("nfs", config.hasNfs), ("ceph", config.hasCeph), ("iscsi", config.hasIscsi)] where isSet {
      throw refusal(.invalid, "config.\(name)", "it is not of the type LOCAL_DIR", "leave it out")
    }
    guard config.hasLocal else {
      throw refusal(.invalid, "config.local", "it is missing", "send config.local with a path")
    }
    guard config.local.hasCapacityGib, config.local.capacityGib != 0 else { return (config.local.path, nil) }
    let (bytes, overflow) = config.local.capacityGib.multipliedReportingOverflow(by: 1 << 30)
    guard !overflow else {
      throw refusal(
        .invalid, "config.local.capacity_gib", "the number is too large", "send 0 for as much as the file system has")
    }
    return (config.local.path, bytes)
  }
}

extension Limiquantix_Node_V1_StoragePoolInfoResponse {
  init(_ status: PoolStatus) {
    self.init(status.pool)
    totalBytes = status.room.capacity
    availableBytes = status.room.available
    usedBytes = status.room.promised
    volumeCount = UInt32(clamping: status.volumes)
    freeBytes = status.room.free
  }

  init(_ pool: StoragePool) {
    self.init()
    poolID = pool.id
    type = .localDir
    mountPath = pool.path
  }
}

extension Limiquantix_Node_V1_StoragePoolFileEntry {
  init(_ file: PoolFile) {
    self.init()
    name = file.name
    path = file.path
    isDirectory = file.isFolder
    sizeBytes = file.size
    modifiedAt = file.modified.formatted(.iso8601)
    fileType = file.type
    permissions = file.permissions
  }
}
