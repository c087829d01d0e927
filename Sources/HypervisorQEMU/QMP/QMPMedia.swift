package import Failure
package import Hypervisor
package import Linux
import Text

/// CD drives, the screen, and those who look at it (QAPI: `block.json`, `ui.json`, `misc.json`).
extension QMPClient {
  /// State of a CD drive (`query-block`).
  /// - Throws: `.notFound` if the VM has no such drive.
  package func drive(_ index: Int) async throws(Failure) -> DriveState {
    let device = QEMUCommand.driveDevice(index)
    let list = try await execute("query-block").array ?? []
    // Without a backend the name is the device's id, with one it is a path that ends in it.
    let entry = list.first { entry in
      entry["qdev"]?.string.map { $0 == device || $0.hasSuffix("/" + device) } ?? false
    }
    guard let entry else {
      throw Failure(.notFound, operation: "look at CD drive", object: device, cause: "the running VM does not have it")
    }
    return DriveState(
      isOpen: entry["tray_open"]?.bool ?? false, isLocked: entry["locked"]?.bool ?? false,
      hasMedium: entry["inserted"]?["node-name"]?.string != nil)
  }

  /// Opens the tray (`blockdev-open-tray`). A guest that has locked it is asked, and may take its time or never do it.
  /// - Parameter force: whether it is opened whatever the guest thinks.
  package func openTray(_ index: Int, force: Bool) async throws(Failure) {
    do {
      try await execute("blockdev-open-tray", arguments: ["id": drive(index), "force": .bool(force)])
    } catch {
      guard error.meansLockedTray else { throw error }
    }
  }

  /// Takes the medium out of an open tray; none in it is no error.
  package func removeMedium(_ index: Int) async throws(Failure) {
    try await execute("blockdev-remove-medium", arguments: ["id": drive(index)])
    try await removeBlockNode(QEMUCommand.mediumNode(index))
  }

  /// Lays a medium into an open, empty tray.
  /// - Parameter set: the descriptor set with the image.
  package func insertMedium(_ index: Int, set: Int) async throws(Failure) {
    let node = QEMUCommand.mediumNode(index)
    try await addBlockNode(QEMUCommand.mediumNode(node, file: "/dev/fdset/\(set)"))
    try await execute("blockdev-insert-medium", arguments: ["id": drive(index), "node-name": .string(node)])
  }

  /// Closes the tray.
  package func closeTray(_ index: Int) async throws(Failure) {
    try await execute("blockdev-close-tray", arguments: ["id": drive(index)])
  }

  private func drive(_ index: Int) -> JSON { .string(QEMUCommand.driveDevice(index)) }

  /// Writes a picture of the screen (`screendump`) into the file of a descriptor set, which must be open O_WRONLY.
  package func takePicture(_ format: PictureFormat, set: Int) async throws(Failure) {
    try await execute(
      "screendump", arguments: ["filename": .string("/dev/fdset/\(set)"), "format": .string(format.rawValue)],
      timeout: .seconds(20))
  }

  /// How many VNC clients are connected (`query-vnc-servers`: `query-vnc` tells nothing of a QEMU that listens nowhere).
  package func viewers() async throws(Failure) -> Int {
    (try await execute("query-vnc-servers").array ?? []).reduce(0) { $0 + ($1["clients"]?.array?.count ?? 0) }
  }

  /// Makes a connected socket a VNC client (`add_client`). Who may connect was decided by whoever accepted it.
  package func addViewer(_ socket: consuming Descriptor) async throws(Failure) {
    // Of two that come at once each has its own.
    let name = "viewer-\(UInt64.random(in: 0 ... .max))"
    try await give(socket, name: name)
    do throws(Failure) {
      try await execute("add_client", arguments: ["protocol": "vnc", "fdname": .string(name), "skipauth": true])
    } catch {
      try? await closeGiven(name)
      throw error
    }
  }
}
