package import Failure
package import VMSpec

/// What is asked of its parts.
extension VirtualMachine {
  // MARK: devices

  /// See `VMDevices`.
  package func attachDisk(_ disk: DiskSpec) async throws(Failure) -> String { try await devices.attachDisk(disk) }
  package func detachDisk(_ name: String, removes: Bool = false) async throws(Failure) {
    try await devices.detachDisk(name, removes: removes)
  }
  package func resizeDisk(_ name: String, to bytes: UInt64) async throws(Failure) {
    try await devices.resizeDisk(name, to: bytes)
  }
  package func diskSize(_ index: Int) async throws(Failure) -> UInt64? { try await devices.diskSize(index) }
  package func attachNIC(_ card: NICSpec, id: String? = nil) async throws(Failure) -> Int {
    try await devices.attachNIC(card, id: id)
  }
  package func detachNIC(_ number: Int) async throws(Failure) { try await devices.detachNIC(number) }
  package func changeMedium(_ path: String?, drive: String, force: Bool = false) async throws(Failure) {
    try await devices.changeMedium(path, drive: drive, force: force)
  }

  // MARK: limits

  /// See `VMLimits`.
  package func changeLimits(_ change: LimitsChange) async throws(Failure) { try await limits.changeLimits(change) }
  package func setBalloon(_ bytes: UInt64) async throws(Failure) { try await limits.setBalloon(bytes) }
  func keepPlace() { limits.keepPlace() }

  // MARK: ports

  /// See `VMPorts`.
  package func changeNetwork(
    _ nic: Int, _ change: @Sendable (inout NICSpec, [SavedForward]) throws(Failure) -> Void
  ) async throws(Failure) {
    try await ports.changeNetwork(nic, change)
  }
  func rulesAreSet(_ nic: UInt8) async { await ports.rulesAreSet(nic) }
  func rulesWereRefused(_ nic: UInt8, _ why: Failure) { ports.rulesWereRefused(nic, why) }
  package func heardOfPorts(_ warnings: [Warning], family: String, generation: UInt64) {
    ports.heard(warnings, family: family, generation: generation)
  }
  package func dropDeadTap(_ tap: String, of nic: Int) async { await ports.dropDeadTap(tap, of: nic) }

  // MARK: images

  func lookAtImages() { images.look() }
}
