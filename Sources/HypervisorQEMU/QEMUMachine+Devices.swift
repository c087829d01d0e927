package import Failure
package import Hypervisor
package import Linux
package import VMSpec

/// Descriptor sets of what comes to a running QEMU. Those of its command line have the numbers of their descriptors,
/// which are far below.
enum FileSet {
  static func disk(_ number: Int) -> Int { 1000 + number }
  static func medium(_ drive: Int) -> Int { 1100 + drive }
  /// Of a picture, that several may want at once.
  static var picture: Int { .random(in: 10_000...1_000_000) }
}

/// Devices that come to a running QEMU and go.
extension QEMUMachine {
  package func has(_ device: Device) async throws(Failure) -> Bool {
    try await monitor.devices().contains(QEMUCommand.id(device))
  }

  package func plug(
    _ disk: DiskSpec, at place: DeviceAddresses.Address, _ image: consuming Descriptor
  ) async throws(Failure) {
    let set = FileSet.disk(place.number)
    try await monitor.addFile(image, set: set)
    try await monitor.plug(disk, place, set: set)
  }

  package func plug(
    _ card: NICPlan, at place: DeviceAddresses.Address, tap: consuming Descriptor, vhost: consuming Descriptor?
  ) async throws(Failure) {
    let (name, vhostName) = (QEMUCommand.nicBackend(place.number), QEMUCommand.nicVhost(place.number))
    try await monitor.give(tap, name: name)
    if let vhost { try await monitor.give(vhost, name: vhostName) }
    try await monitor.plug(card, place, tap: name, vhost: vhostName)
  }

  package func askToLeave(_ device: Device) async throws(Failure) -> Bool {
    try await monitor.askToLeave(QEMUCommand.id(device))
  }

  package func clear(_ device: Device) async throws(Failure) {
    switch device {
    case .disk(let number): try await clearDisk(number)
    case .nic(let number):
      // What is handed over and not taken goes in any case.
      let link: Result<Void, Failure>
      do throws(Failure) { link = .success(try await monitor.removeNICBackend(number)) } catch {
        link = .failure(error)
      }
      try? await monitor.closeGiven(QEMUCommand.nicVhost(number))
      try? await monitor.closeGiven(QEMUCommand.nicBackend(number))
      try link.get()
    case .drive(let index): try await removeMedium(index)
    case .seed: break
    }
  }

  private func clearDisk(_ number: Int) async throws(Failure) {
    let node = QEMUCommand.diskNode(number)
    let set = try await monitor.disks()[node]?.set
    // The last hold on the node ends a moment after the device has gone, and no event says so.
    let end = ContinuousClock.now + .seconds(5)
    while true {
      do throws(Failure) {
        try await monitor.removeBlockNode(node)
        break
      } catch {
        guard error.meansNodeInUse, ContinuousClock.now < end else { throw error }
      }
      try? await Task.sleep(for: .milliseconds(20))
    }
    try await monitor.removeFiles(set: set ?? FileSet.disk(number))
  }

  package func imageNumber(of device: Device) -> Int {
    switch device {
    case .disk(let number): FileSet.disk(number)
    case .drive(let index): FileSet.medium(index)
    case .nic, .seed: 0
    }
  }

  package func size(of device: Device) async throws(Failure) -> UInt64? {
    guard case .disk(let number) = device else { return nil }
    return try await monitor.disks()[QEMUCommand.diskNode(number)]?.size
  }

  package func resize(_ device: Device, to bytes: UInt64) async throws(Failure) {
    guard case .disk(let number) = device else { return }
    try await monitor.resize(QEMUCommand.diskNode(number), to: bytes)
  }

  package func failedDisks() async throws(Failure) -> [DiskError] { try await monitor.failedDrives() }

  // MARK: CD drives

  package func drive(_ index: Int) async throws(Failure) -> DriveState { try await monitor.drive(index) }

  package func openTray(_ index: Int, force: Bool) async throws(Failure) {
    try await monitor.openTray(index, force: force)
  }

  package func removeMedium(_ index: Int) async throws(Failure) {
    let set = try await monitor.disks()[QEMUCommand.mediumNode(index)]?.set
    try await monitor.removeMedium(index)
    try await monitor.removeFiles(set: set ?? FileSet.medium(index))
  }

  package func insertMedium(_ index: Int, _ image: consuming Descriptor) async throws(Failure) {
    let set = FileSet.medium(index)
    try await monitor.addFile(image, set: set)
    try await monitor.insertMedium(index, set: set)
    try await monitor.closeTray(index)
  }
}
