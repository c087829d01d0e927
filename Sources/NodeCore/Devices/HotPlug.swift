import Failure
import Hypervisor
import Life
import VMSpec

/// Devices of any kind that come to a running guest, and leave it.
extension VMDevices {
  /// Refuses devices for a running VM whose board cannot take them.
  func checkHotPlug(_ operation: String) throws(Failure) {
    guard life.state.hasProcess, record.spec.machine == .microvm else { return }
    throw Failure(
      .unsupported, part: .state, operation: operation, object: name,
      cause: "a microvm cannot be given or lose devices while it runs",
      remedy: "stop it first, or use machine: q35")
  }

  /// The root port for a new device: one that is free, or the board itself for a VM that does not run.
  func choosePort(_ operation: String) throws(Failure) -> Int? {
    if record.spec.machine == .microvm { return nil }
    if let port = record.devices.freePort { return port }
    guard life.state.hasProcess else { return nil }
    throw Failure(
      .exhausted, part: .limit, operation: operation, object: name,
      cause: "all \(DeviceAddresses.hotplugPorts) ports for devices that come while it runs are taken",
      remedy: "detach one that came so, or stop the VM first")
  }

  /// Refuses to take a device from a running guest that cannot let go of it.
  /// - Parameter bus: what a disk is on; nil for a network card.
  func checkLeaving(
    _ place: DeviceAddresses.Address, of bus: DiskSpec.Bus? = nil, _ operation: String, _ object: String
  ) throws(Failure) {
    guard life.state.hasProcess else { return }
    try checkHotPlug(operation)
    if let bus, !bus.isPluggable {
      throw Failure(
        .unsupported, part: .state, operation: operation, object: object,
        cause: "the \(bus.rawValue) controller loses no disk while the guest runs", remedy: "stop the VM first")
    }
    guard place.port != nil || bus?.hasOwnPort == false else {
      throw Failure(
        .state, part: .state, operation: operation, object: object,
        cause: "it is part of the board since the VM was made",
        remedy: "stop the VM first; a device that is attached later can go at any time")
    }
    guard life.state == .running else {
      throw Failure(
        .state, part: .state, operation: operation, object: object,
        cause: "the guest is \(life.state.rawValue) and cannot let go of it",
        remedy: "resume it first: vmsupervisor resume \(name)")
    }
  }

  /// How long a guest may take to let go of a device.
  static let leavingTimeout: Duration = .seconds(15)

  /// Asks the guest to let go of a device and waits until it has.
  /// - Throws: `.timeout` if it does not.
  nonisolated(nonsending) func release(_ device: Device, _ what: String, _ machine: any Machine) async throws(Failure) {
    guard try await machine.askToLeave(device) else { return }
    let hasLeft = try await untilDevices(within: Self.leavingTimeout) { () async throws(Failure) in
      try await !machine.has(device)
    }
    guard hasLeft else {
      throw Failure(
        .timeout, operation: "detach", object: what,
        cause: "the guest did not let go of it within \(Self.leavingTimeout.components.seconds) s",
        remedy: "unmount or stop using it in the guest and try again; a guest that is still starting needs more time")
    }
  }

  /// The guest has let go of a device. In background, because an operation may be waiting for just this.
  func departInBackground(_ device: Device, isolation: isolated (any Actor)? = #isolation) {
    let here = OnActor(self, of: isolation)
    Task { await here.run { await $0.deviceLeft(device) } }
  }

  /// The guest has let go of a device. Asked for it is part of an operation; otherwise somebody has to know.
  nonisolated(nonsending) func deviceLeft(_ device: Device) async {
    let result: Result<Void, Failure>
    do throws(Failure) {
      result = .success(try await changes.alone { () throws(Failure) in try await self.noteDeparture(device) })
    } catch {
      result = .failure(error)
    }
    if case .failure(let error) = result { reporter.log(.error, "\(error)") }
  }

  nonisolated(nonsending) private func noteDeparture(_ device: Device) async throws(Failure) {
    guard let machine, try await !machine.has(device) else { return }
    let what: String
    switch device {
    case .disk(let number):
      guard let index = record.devices.disks.firstIndex(where: { $0.number == number }) else { return }
      try await clearDisk(record.devices.disks[index], machine)
      what = "disk \(record.spec.disks[index].effectiveName(at: index))"
    case .nic(let number):
      guard record.nicIndex(number) != nil else { return }
      try await machine.clear(device)
      what = "NIC \(number)"
    case .drive, .seed: return
    }
    run?.warnings.set(
      Warning(
        id: "device.\(device)", part: device.part, cause: "the guest has let go of \(what)",
        remedy: "it has it again after its next start, or detach it"))
    reporter.tell("guest has let go of \(what)", by: .guest)
  }
}

extension Device {
  /// What of a VM it belongs to.
  fileprivate var part: Failure.Part {
    switch self {
    case .nic: .network
    case .disk, .drive, .seed: .disk
    }
  }
}
