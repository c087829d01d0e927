import Failure
import FoundationEssentials
import GRPCCore
import NodeAPI
import NodeCore
import Storage
import SwiftProtobuf
import VMSpec

/// Devices and media, by the contract.
extension NodeDaemon {
  func attachDisk(
    request: Limiquantix_Node_V1_AttachDiskRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_AttachedDisk {
    try await refusing {
      let vm = try await fleet.find(request.vmID, operation: "attach disk")
      var request = request
      let id = try request.takeOwnName(vm.name)
      let name = try await fleet.attachDisk(request.diskSpec(vm.name), id: id, to: vm)
      return .with { $0.name = name }
    }
  }

  func detachDisk(
    request: Limiquantix_Node_V1_DetachDiskRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    try await refusing {
      let vm = try await fleet.find(request.vmID, operation: "detach disk", exact: request.deleteImage)
      try await vm.detachDisk(request.diskID, removes: request.deleteImage)
      return Google_Protobuf_Empty()
    }
  }

  func attachNIC(
    request: Limiquantix_Node_V1_AttachNICRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_AttachedNIC {
    try await refusing {
      let vm = try await fleet.find(request.vmID, operation: "attach NIC")
      var nic = try await resolved(request.nic, vm: vm.name).attachable(vm.name)
      if !request.address.isEmpty { nic.address = request.address }
      try GivenName.check(request.nic.id, "\(vm.name): nic.id", "attach NIC")
      try await fleet.checkHardwareAddresses(of: [nic], vm.name, "attach NIC")
      let number = try await vm.attachNIC(nic, id: request.nic.id.isEmpty ? nil : request.nic.id)
      let status = await vm.status
      return .with { $0.nic = .init(status.record, nic: number, attached: status.incarnation != nil) }
    }
  }

  func detachNIC(
    request: Limiquantix_Node_V1_DetachNICRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    try await refusing {
      let vm = try await fleet.find(request.vmID, operation: "detach NIC")
      try await vm.detachNIC(
        request.hasNumber ? Int(request.number) : vm.record.number(ofNIC: request.nicID, "detach NIC"))
      return Google_Protobuf_Empty()
    }
  }

  func changeMedia(
    request: Limiquantix_Node_V1_ChangeMediaRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    try await refusing {
      let vm = try await fleet.find(request.vmID, operation: "change medium")
      try await vm.changeMedium(
        request.isoPath.isEmpty ? nil : request.isoPath, drive: request.device, force: request.force)
      return Google_Protobuf_Empty()
    }
  }

  func resizeVolume(
    request: Limiquantix_Node_V1_ResizeVolumeRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    let operation = request.hasVmID ? "resize disk" : "resize volume"
    return try await refusing {
      guard request.hasVmID || StorageName.noPool.contains(request.poolID) else {
        try await fleet.resizeVolume(request.volumeID, in: request.poolID, to: request.newSizeBytes)
        return Google_Protobuf_Empty()
      }
      let (vm, disk) =
        request.hasVmID
        ? (try await fleet.find(request.vmID, operation: operation), request.diskID)
        : try await volume(request.volumeID, operation)
      try await fleet.resizeDisk(disk, of: vm, to: request.newSizeBytes)
      return Google_Protobuf_Empty()
    }
  }

  /// The disk that is called `VM/DISK`, or by a name that only one VM has.
  private func volume(_ id: String, _ operation: String) async throws(Failure) -> (VirtualMachine, String) {
    let parts = id.split(separator: "/")
    if parts.count == 2 { return (try await fleet.find(String(parts[0]), operation: operation), String(parts[1])) }
    var owners: [VirtualMachine] = []
    for vm in await fleet.all() where await vm.record.diskIndex(id) != nil { owners.append(vm) }
    guard let vm = owners.first, owners.count == 1 else {
      let names = owners.prefix(5).map(\.name).joined(separator: ", ")
      throw Failure(
        owners.isEmpty ? .notFound : .invalid, operation: operation, object: id,
        cause: owners.isEmpty ? "no VM has a disk of that name" : "\(owners.count) VMs have such a disk: \(names)…",
        remedy: "write VM/DISK")
    }
    return (vm, id)
  }

  func getConsole(
    request: Limiquantix_Node_V1_VMIdRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_ConsoleInfoResponse {
    try await refusing {
      let vm = try await fleet.find(request.vmID, operation: "show screen")
      let socket = try await vm.viewerSocket()
      let place = try await vm.screenPlace()
      await vm.tell(place == nil ? "screen opened" : "a password for its screen given out", kind: .access)
      return .with {
        $0.type = "vnc"
        $0.socket = socket
        guard let place else {
          $0.host = "unix:" + socket
          return
        }
        $0.host = place.host
        $0.port = UInt32(place.port)
        $0.password = place.password
        $0.passwordSeconds = UInt32(place.lifetime)
      }
    }
  }
}

extension Record {
  /// The number of the network card that was attached with that id, or has it as its number.
  func number(ofNIC id: String, _ operation: String) throws(Failure) -> Int {
    let places = devices.nics
    if let number = places.first(where: { $0.id == id })?.number ?? Int(id) { return number }
    throw Failure(
      .notFound, operation: operation, object: "\(spec.name): \(id)",
      cause: "it has no network card that was attached with this id",
      remedy: "use its number: \(places.map { "\($0.number)" }.joined(separator: ", "))")
  }
}

extension Limiquantix_Node_V1_AttachDiskRequest {
  /// The document's form of the disk that comes; what we do not have is refused.
  func diskSpec(_ vm: String) throws(Failure) -> DiskSpec {
    var wanted = try disk.diskSpec("attach disk", vm)
    if sizeBytes != 0 { wanted.size = sizeBytes }
    guard hasFormat else { return wanted }
    guard let chosen = format.isEmpty ? .usual(for: wanted.path) : DiskSpec.Format(rawValue: format) else {
      throw Failure(
        .invalid, operation: "attach disk", object: "\(vm): format", cause: "`\(format)` is no format",
        remedy: "write qcow2 or raw")
    }
    wanted.format = chosen
    wanted.isFormatGuessed = format.isEmpty && wanted.path != nil
    return wanted
  }
}

extension Limiquantix_Node_V1_DiskSpec {
  /// The document's form of a disk that comes; what we do not have is refused.
  fileprivate func diskSpec(_ operation: String, _ vm: String) throws(Failure) -> DiskSpec {
    func refuse(_ field: String, _ condition: Bool) throws(Failure) {
      guard condition else { return }
      throw Failure(
        .unsupported, operation: operation, object: "\(vm): \(field)", cause: "a disk that is attached cannot have it",
        remedy: "leave it out")
    }
    try refuse("backing_file", !backingFile.isEmpty)
    try refuse("iops_limit", iopsLimit != 0)
    try refuse("throughput_mbps", throughputMbps != 0)
    let (bytes, overflow) = sizeGib.multipliedReportingOverflow(by: 1 << 30)
    try refuse("size_gib of \(sizeGib)", overflow)
    return DiskSpec(
      name: id.isEmpty ? nil : id, path: path.isEmpty ? nil : path,
      pool: StorageName.noPool.contains(poolID) ? nil : poolID, format: format == .raw ? .raw : .qcow2,
      bus: try .init(bus, "\(vm): bus", operation: operation), readonly: readonly, bootable: bootable,
      size: sizeGib == 0 ? nil : bytes)
  }
}

extension Limiquantix_Node_V1_NicSpec {
  /// The document's form of a network card that comes.
  func attachable(_ vm: String) throws(Failure) -> NICSpec { try nicSpec("attach NIC") { "\(vm): \($0)" } }
}
