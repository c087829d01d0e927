import Failure
import Hypervisor
import Life
import Linux
import VMSpec

/// A connection to a guest that is a value.
struct FakeMachine: Machine {
  let guest: FakeGuest

  func listen(_ body: @Sendable (MachineEvent) async -> Void) async {
    for await event in guest.events() { await body(event) }
  }

  func close() async {}

  func condition() async throws(Failure) -> GuestCondition {
    let condition = try guest.answer { $0.condition }
    await guest.holdAnswer()
    return condition
  }
  func halt() async throws(Failure) {
    try guest.answer { $0.condition = .paused }
    guest.tell(.halted)
  }
  func resume() async throws(Failure) {
    let isPressed = try guest.answer { facts in
      facts.condition = .running
      return facts.isPressed
    }
    guest.tell(.resumed)
    if isPressed { try await pressPowerButton() }
  }
  func injectNMI() async throws(Failure) {}
  func wake() async throws(Failure) { guest.tell(.guest(.running)) }
  func pressPowerButton() async throws(Failure) {
    let obeys = try guest.answer { facts in
      facts.isPressed = facts.condition == .paused
      return facts.isObedient && facts.condition == .running
    }
    if obeys { guest.become(.shutDown) }
  }
  func reset() async throws(Failure) {
    try guest.answer { $0.condition = .running }
    guest.tell(.reset(byGuest: false))
  }
  func quit() async throws(Failure) { guest.end(.exited(0)) }

  func has(_ device: Device) async throws(Failure) -> Bool { try guest.answer { $0.devices.contains(device) } }

  func plug(
    _ disk: DiskSpec, at place: DeviceAddresses.Address, _ image: consuming Descriptor
  ) async throws(Failure) {
    try add(.disk(place.number))
    guest.change { $0.sizes[.disk(place.number)] = disk.size }
  }

  func plug(
    _ card: NICPlan, at place: DeviceAddresses.Address, tap: consuming Descriptor, vhost: consuming Descriptor?
  ) async throws(Failure) {
    try add(.nic(place.number))
  }

  private func add(_ device: Device) throws(Failure) {
    try guest.answer { (facts) throws(Failure) in
      if let refusal = facts.refusal { throw refusal }
      facts.devices.insert(device)
    }
  }

  func askToLeave(_ device: Device) async throws(Failure) -> Bool {
    let wasThere = try guest.answer { $0.devices.remove(device) != nil }
    if wasThere { guest.tell(.deviceLeft(device)) }
    return wasThere
  }

  func clear(_ device: Device) async throws(Failure) {
    try guest.answer { facts in
      facts.rates[device] = nil
      facts.sizes[device] = nil
    }
  }

  func imageNumber(of device: Device) -> Int {
    if case .disk(let number) = device { 1000 + number } else { 0 }
  }

  func size(of device: Device) async throws(Failure) -> UInt64? { try guest.answer { $0.sizes[device] } }
  func resize(_ device: Device, to bytes: UInt64) async throws(Failure) {
    try guest.answer { $0.sizes[device] = bytes }
  }
  func failedDisks() async throws(Failure) -> [DiskError] { [] }

  var release: String { "1" }

  func snapshots() async throws(Failure) -> [Device: Set<String>] {
    try guest.answer { facts in
      let disks = facts.devices.filter { if case .disk = $0 { true } else { false } }
      return Dictionary(uniqueKeysWithValues: disks.map { ($0, facts.snapshots[$0] ?? []) })
    }
  }
  func settleSnapshot(_ name: String) async throws(Failure) {}
  func saveSnapshot(_ name: String, of disks: [Device], memory: Device?) async throws(Failure) {
    // One disk after the other, as in a hypervisor that may end between two.
    for disk in disks {
      try guest.answer { (facts) throws(Failure) in
        if let refusal = facts.refusal, disk != disks.first { throw refusal }
        facts.snapshots[disk, default: []].insert(name)
      }
    }
  }
  func loadSnapshot(_ name: String, of disks: [Device], memory: Device) async throws(Failure) {
    try guest.answer { (facts) throws(Failure) in
      guard disks.allSatisfy({ facts.snapshots[$0]?.contains(name) == true }) || facts.condition == .paused else {
        throw Failure(.system, operation: "load snapshot", cause: "a disk does not have it")
      }
      facts.loaded.append(name)
    }
  }
  func deleteSnapshot(_ name: String, of disks: [Device]) async throws(Failure) {
    try guest.answer { facts in for disk in disks { facts.snapshots[disk]?.remove(name) } }
  }

  func writeMemory(into file: consuming Descriptor) async throws(Failure) {
    try guest.answer { (facts) throws(Failure) in
      if let refusal = facts.refusal { throw refusal }
      guard facts.condition == .paused else {
        throw Failure(.state, operation: "write memory", cause: "the guest runs")
      }
    }
    await guest.facts.duringMemory?()
    do throws(Errno) { try Files.writeAll(Array("memory".utf8), to: file.raw) } catch {
      throw error.failure("write", "memory")
    }
  }
  func settleMemory() async throws(Failure) {}
  func readMemory(from file: consuming Descriptor) async throws(Failure) {
    // One that has it is left alone.
    try guest.answer { facts in if !facts.loaded.contains("memory") { facts.loaded.append("memory") } }
  }
  func setLink(_ card: Device, isUp: Bool) async throws(Failure) {
    try guest.answer { facts in if isUp { facts.unplugged.remove(card) } else { facts.unplugged.insert(card) } }
  }

  func drive(_ index: Int) async throws(Failure) -> DriveState {
    DriveState(isOpen: false, isLocked: false, hasMedium: false)
  }
  func openTray(_ index: Int, force: Bool) async throws(Failure) {}
  func removeMedium(_ index: Int) async throws(Failure) {}
  func insertMedium(_ index: Int, _ image: consuming Descriptor) async throws(Failure) {}

  func limit(_ wanted: [DiskRate], known: [DiskRate]?) async throws(Failure) {
    try guest.answer { (facts) throws(Failure) in
      if let refusal = facts.refusal { throw refusal }
      for rate in wanted where facts.devices.contains(rate.device) { facts.rates[rate.device] = rate }
    }
  }

  func setBalloon(_ bytes: UInt64) async throws(Failure) {
    try guest.answer { $0.balloon = bytes }
    guest.tell(.balloon(bytes))
  }

  func diskCounters(timeout: Duration) async throws(Failure) -> [DiskCounters] { [] }
  func balloon(timeout: Duration) async throws(Failure) -> UInt64 { try guest.answer { $0.balloon } }
  func reportMemory(every seconds: Int, timeout: Duration) async throws(Failure) {}
  func guestMemory(timeout: Duration) async throws(Failure) -> GuestStats? { nil }

  func takePicture(_ format: PictureFormat, into file: consuming Descriptor) async throws(Failure) {}
  func viewers() async throws(Failure) -> Int { 0 }
  func addViewer(_ socket: consuming Descriptor) async throws(Failure) {}
}
