import Failure
import FoundationEssentials
import GRPCCore
import NodeAPI
import NodeCore
import SwiftProtobuf

/// Snapshots, by the contract.
extension NodeDaemon {
  func createSnapshot(
    request: Limiquantix_Node_V1_CreateSnapshotRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_SnapshotResponse {
    try await refusing {
      let vm = try await fleet.find(request.vmID, operation: "create snapshot")
      let snapshot = try await vm.createSnapshot(request.order(of: vm.name))
      return .init(snapshot, isCurrent: await vm.record.snapshots?.current == snapshot.id)
    }
  }

  func revertSnapshot(
    request: Limiquantix_Node_V1_RevertSnapshotRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    try await refusing {
      // What it has now is lost: nobody should mean another.
      let vm = try await fleet.find(request.vmID, operation: "revert to snapshot", exact: true)
      try await vm.revertSnapshot(
        request.snapshotID, force: request.force, start: request.start, disksOnly: request.disksOnly)
      return Google_Protobuf_Empty()
    }
  }

  func deleteSnapshot(
    request: Limiquantix_Node_V1_DeleteSnapshotRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    try await refusing {
      let vm = try await fleet.find(request.vmID, operation: "delete snapshot", exact: true)
      try await vm.deleteSnapshot(request.snapshotID)
      return Google_Protobuf_Empty()
    }
  }

  func listSnapshots(
    request: Limiquantix_Node_V1_VMIdRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_ListSnapshotsResponse {
    try await refusing {
      let tree = await (try fleet.find(request.vmID, operation: "list snapshots")).record.snapshots
      return .with {
        $0.snapshots = (tree?.all ?? []).map { .init($0, isCurrent: $0.id == tree?.current) }
      }
    }
  }
}

extension Limiquantix_Node_V1_CreateSnapshotRequest {
  /// What is wanted; what is no consistency is refused.
  fileprivate func order(of vm: String) throws(Failure) -> SnapshotOrder {
    let required = Snapshot.Consistency(rawValue: require)
    guard require.isEmpty || required != nil else {
      throw Failure(
        .invalid, part: .disk, operation: "create snapshot", object: "\(vm): require",
        cause: "`\(require)` is no consistency",
        remedy: "write \(Snapshot.Consistency.allCases.map(\.rawValue).joined(separator: ", ")), or leave it out")
    }
    return SnapshotOrder(
      name: name, description: description_p, isDiskOnly: diskOnly, quiesces: quiesce, required: required)
  }
}

extension Limiquantix_Node_V1_SnapshotResponse {
  /// A snapshot in the contract's words.
  fileprivate init(_ snapshot: Snapshot, isCurrent: Bool) {
    self.init()
    snapshotID = snapshot.id
    name = snapshot.name
    description_p = snapshot.description
    createdAt = .init(snapshot.createdAt)
    vmState = .init(snapshot.state)
    parentID = snapshot.parent ?? ""
    consistency = snapshot.consistency.rawValue
    self.isCurrent = isCurrent
    isGoing = snapshot.isGoing ?? false
    disks = snapshot.disks.map { disk in
      .with {
        $0.name = disk.name
        $0.path = disk.path
        $0.sizeBytes = disk.size
      }
    }
    if let needed = snapshot.hardware { hardware = .init(needed) }
  }
}

extension Limiquantix_Node_V1_SnapshotHardware {
  fileprivate init(_ needed: SnapshotHardware) {
    self.init()
    hypervisor = needed.hypervisor
    accelerator = needed.accelerator
    processor = needed.processor ?? ""
    machine = needed.machine
    memoryBytes = needed.memory
    vcpus = UInt32(clamping: needed.vcpus)
    devices = needed.devices
  }
}
