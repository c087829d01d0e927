package import Failure
package import Hypervisor
import Text
package import VMSpec

/// What QEMU says of a block node.
package struct BlockNode: Hashable, Sendable {
  /// Bytes that a guest sees.
  package var size: UInt64
  /// The descriptor set that its file comes from; nil if it has none.
  package var set: Int?
  /// Names of the snapshots in its image.
  package var snapshots: Set<String> = []
}

/// Devices that come to a running guest and go (QAPI: `qdev.json`, `block-core.json`, `net.json`).
extension QMPClient {
  /// Ids of the devices that have one, as far as QEMU knows them (`qom-list /machine/peripheral`).
  package func devices() async throws(Failure) -> Set<String> {
    let list = try await execute("qom-list", arguments: ["path": "/machine/peripheral"])
    let devices = (list.array ?? []).filter { $0["type"]?.string?.hasPrefix("child<") == true }
    return Set(devices.compactMap { $0["name"]?.string })
  }

  /// The block nodes that have a name (`query-named-block-nodes`).
  package func disks() async throws(Failure) -> [String: BlockNode] {
    let list = try await execute("query-named-block-nodes", arguments: ["flat": true])
    var nodes: [String: BlockNode] = [:]
    for entry in list.array ?? [] {
      guard let node = entry["node-name"]?.string, let image = entry["image"] else { continue }
      let parts = (image["filename"]?.string ?? "").split(separator: "/")
      nodes[node] = BlockNode(
        size: UInt64(max(0, image["virtual-size"]?.integer ?? 0)),
        set: parts.count == 3 && parts[1] == "fdset" ? Int(parts[2]) : nil,
        snapshots: Set((image["snapshots"]?.array ?? []).compactMap { $0["name"]?.string }))
    }
    return nodes
  }

  /// Makes a block node of a disk (`blockdev-add`) and gives it to the guest at a root port (`device_add`).
  /// - Parameter set: the descriptor set with its image.
  package func plug(_ disk: DiskSpec, _ place: DeviceAddresses.Address, set: Int) async throws(Failure) {
    let node = QEMUCommand.diskNode(place.number)
    if disk.bus == .scsi, try await !devices().contains(QEMUCommand.scsiController) {
      throw Failure(
        .unsupported, part: .state, operation: "attach disk",
        cause: "the guest was started without a SCSI controller",
        remedy: "stop the VM first, or attach it on another bus")
    }
    try await addBlockNode(QEMUCommand.blockNode(node, of: disk, file: "/dev/fdset/\(set)"))
    try await add(QEMUCommand.device(of: disk, at: place, on: Board(.q35)))
  }

  /// What `netdev_add` is told about a network card.
  static func backend(_ nic: NICPlan, _ number: Int, tap: String, vhost: String) -> JSON {
    let id = QEMUCommand.nicBackend(number)
    return nic.hasVhost
      ? ["type": "tap", "id": .string(id), "fd": .string(tap), "vhost": true, "vhostfd": .string(vhost)]
      : ["type": "tap", "id": .string(id), "fd": .string(tap)]
  }

  /// Connects a TAP that was handed over by `name` (`netdev_add`) and gives the guest a network card at a root port.
  /// - Parameter vhost: The name by which `/dev/vhost-net` was handed over, if the card has it.
  package func plug(
    _ nic: NICPlan, _ place: DeviceAddresses.Address, tap name: String, vhost: String
  ) async throws(Failure) {
    try await execute("netdev_add", arguments: Self.backend(nic, place.number, tap: name, vhost: vhost))
    try await add(QEMUCommand.device(of: nic, at: place, on: Board(.q35)))
  }

  func addBlockNode(_ options: String) async throws(Failure) {
    try await execute("blockdev-add", arguments: try JSON(parsing: Array(options.utf8)))
  }

  private func add(_ device: QEMUDevice) async throws(Failure) {
    try await execute("device_add", arguments: device.arguments)
  }

  /// Asks the guest to let go of a device (`device_del`). That it has is told by `devices` and by an event.
  /// - Returns: false if there is no such device.
  package func askToLeave(_ device: String) async throws(Failure) -> Bool {
    do {
      try await execute("device_del", arguments: ["id": .string(device)])
    } catch {
      if error.code == .notFound { return false }
      guard error.meansLeavingAlready else { throw error }
    }
    return true
  }

  /// Removes a block node (`blockdev-del`); one that is not there is no error.
  package func removeBlockNode(_ node: String) async throws(Failure) {
    do {
      try await execute("blockdev-del", arguments: ["node-name": .string(node)])
    } catch {
      guard error.meansNoNode else { throw error }
    }
  }

  /// Closes the TAP of a network card that has left (`netdev_del`); one that is not there is no error.
  package func removeNICBackend(_ number: Int) async throws(Failure) {
    do {
      try await execute("netdev_del", arguments: ["id": .string(QEMUCommand.nicBackend(number))])
    } catch {
      guard error.code == .notFound else { throw error }
    }
  }

  /// Changes the size of a disk (`block_resize`); the guest sees it at once.
  package func resize(_ node: String, to bytes: UInt64) async throws(Failure) {
    guard let size = Int64(exactly: bytes) else {
      throw Failure(.invalid, operation: "resize disk", object: node, cause: "\(bytes) bytes are too many")
    }
    try await execute(
      "block_resize", arguments: ["node-name": .string(node), "size": .integer(size)], timeout: .seconds(60))
  }
}
