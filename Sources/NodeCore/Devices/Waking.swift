import Failure
import Glibc
import Hypervisor
import Life
import Linux
import Storage
import VMSpec

/// Guests that go on from the memory of a snapshot, or from the one that they were restored with.
extension VMDevices {
  /// Gives the guest that stands there the memory that it is to go on from, and lets it go on. After a crash at any step
  /// it goes on from there: a guest that has it once is never given it again.
  /// - Returns: how the guest is then.
  nonisolated(nonsending) func wake(_ condition: GuestCondition) async throws(Failure) -> GuestCondition {
    guard let wake = record.wake, let machine else { return condition }
    if let needed = wake.saved { return try await goOn(needed, condition, machine) }
    let operation = "go on from snapshot"
    guard let snapshot = record.snapshots?.find(wake.snapshot), let memory = snapshot.memoryDisk,
      let needed = snapshot.hardware
    else {
      await keeper.keep { $0.wake = nil }
      return condition
    }
    // Somebody else has let it go.
    if condition != .paused {
      await keeper.keep { $0.wake = nil }
      return condition
    }
    if !wake.isLoaded {
      try await machine.settleSnapshot(snapshot.id)
      try checkHardware(needed, try await hardware(), operation, "\(name): \(snapshot.name)")
      do throws(Failure) {
        try await machine.loadSnapshot(
          snapshot.id, of: snapshot.disks.map { .disk($0.number) }, memory: .disk(memory))
      } catch {
        throw Failure(
          error.code, part: .hypervisor, operation: operation, object: "\(name): \(snapshot.name)",
          cause: error.cause, remedy: Self.bootInstead(name, snapshot.name), errno: error.errno)
      }
      try await keeper.edit(for: .ending) { $0.wake?.isLoaded = true }
    }
    if snapshot.state != .paused { try await machine.resume() }
    await keeper.keep { $0.wake = nil }
    keeper.remark("went on from the memory of snapshot \(snapshot.name)")
    return try await machine.condition()
  }

  /// The same for a memory that is in a file, which is another VM's: the cables of its cards stay out until it is told so.
  nonisolated(nonsending) private func goOn(
    _ needed: SnapshotHardware, _ condition: GuestCondition, _ machine: any Machine
  ) async throws(Failure) -> GuestCondition {
    guard condition == .paused else {
      await keeper.keep { $0.wake = nil }
      return condition
    }
    if record.wake?.isLoaded == false {
      if let difference = needed.differences(to: try await hardware()).first {
        throw Self.staysAsleep(name, "its memory cannot go on here: \(difference)")
      }
      let path = paths.memory
      let file = try await queue.run { () throws(Failure) in
        DescriptorCell(try NamedFile.open(path, O_RDONLY, "saved memory"))
      }
      if let file = file.take() { try await machine.readMemory(from: file) }
      for place in record.devices.nics { try await machine.setLink(.nic(place.number), isUp: false) }
      try await keeper.edit(for: .ending) { $0.wake?.isLoaded = true }
    }
    try await machine.resume()
    await keeper.keep { $0.wake = nil }
    keeper.remark("went on from the memory that it was restored with")
    return try await machine.condition()
  }

  private static func staysAsleep(_ vm: String, _ cause: String) -> Failure {
    Failure(
      .state, part: .hypervisor, operation: "go on from saved memory", object: vm, cause: cause,
      remedy: "delete it, and restore it without memory: vmsupervisor restore --disks-only")
  }

  private static func bootInstead(_ vm: String, _ snapshot: String) -> String {
    "let it boot from its disks instead: vmsupervisor snapshot revert --disks-only \(vm) \(snapshot)"
  }

  /// Refuses a machine in which a memory cannot go on.
  func checkHardware(
    _ needed: SnapshotHardware, _ present: SnapshotHardware, _ operation: String, _ object: String
  ) throws(Failure) {
    let differences = needed.differences(to: present)
    guard let first = differences.first else { return }
    let rest = differences.dropFirst().map { "; \($0)" }.joined()
    let parts = object.split(separator: " ", maxSplits: 1).map(String.init)
    throw Failure(
      .state, part: .hypervisor, operation: operation, object: object,
      cause: "its memory cannot go on here: \(first)\(rest)",
      remedy: "make it as it was, or " + Self.bootInstead(name, parts.last ?? ""))
  }

  /// The machine as it is now, or as it would be at its next start.
  /// - Parameter other: what the same start would choose again, for a VM that does not run.
  nonisolated(nonsending) func hardware(like other: SnapshotHardware? = nil) async throws(Failure) -> SnapshotHardware {
    let spec = record.spec
    let release: String
    // Put back to, it is the installed one that goes on, whatever runs now.
    if other == nil, let machine {
      release = machine.release
    } else {
      release = try await backend.capabilities().version
    }
    var accelerator = run?.incarnation.accelerator ?? other?.accelerator ?? ""
    if run == nil, spec.accel != .auto { accelerator = spec.accel.rawValue }
    let addresses = record.devices
    func place(_ address: DeviceAddresses.Address) -> String {
      "\(address.number)" + (address.port.map { " at port \($0)" } ?? "")
    }
    var devices = zip(spec.disks, addresses.disks).enumerated().map { index, disk in
      "disk \(disk.0.effectiveName(at: index)) (\(disk.0.bus.rawValue) \(place(disk.1)))"
    }
    devices += zip(spec.nics, addresses.nics).map { "NIC \(place($1)) (\($0.model.rawValue))" }
    // What the guest reads there is in its memory too.
    devices += spec.cdroms.enumerated().map { "CD drive \($0) with \($1.path ?? "nothing")" }
    devices += spec.disks.filter(\.readonly).map { "a read-only disk of \($0.path ?? "its own")" }
    if spec.console { devices.append("a console") }
    if spec.agent { devices.append("an agent's port") }
    if spec.display != .none { devices.append("a screen") }
    if spec.cloudInit != nil { devices.append("cloud-init's disk") }
    if let system = spec.guestOs { devices.append("the clock and pointer of \(system.kind)") }
    if spec.memoryHugepages { devices.append("huge pages") }
    // Each card has an image of its own then.
    if spec.bootOrder.contains(.network) { devices.append("network boot") }
    // Put back to an earlier memory, it is started with what that has.
    let hasGeneration =
      if let other { other.devices.contains(SnapshotHardware.generationID) } else {
        run?.incarnation.generationID != nil
      }
    if hasGeneration { devices.append(SnapshotHardware.generationID) }
    switch spec.boot {
    case .kernel: devices.append("a kernel of its own")
    case .firmware(let firmware): devices.append("the firmware \(firmware.rawValue)")
    }
    return SnapshotHardware(
      hypervisor: "\(backend.name) \(release)", accelerator: accelerator,
      processor: accelerator == "kvm" ? facts.cpuModel : nil, machine: spec.machine.rawValue, memory: spec.memory,
      vcpus: spec.vcpus, devices: devices)
  }

  /// What an event has to wait for: a hypervisor would come between an operation on images and its end, and a guest that stands for
  /// its memory goes on when that is saved.
  func obstacle(to event: Event) -> Failure? {
    if event == .pause, record.isSavingMemory {
      return Failure(
        .state, part: .state, operation: "pause", object: name,
        cause: "its guest stands while its memory is saved, and goes on then", remedy: "try again in a moment")
    }
    guard event == .start || event == .timer(.restart), !life.state.hasProcess else { return nil }
    return record.imagesTrouble
  }
}
