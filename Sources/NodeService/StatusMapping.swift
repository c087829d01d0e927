import FoundationEssentials
import Life
import Linux
import NodeAPI
package import NodeCore
import SwiftProtobuf
import Text

extension Limiquantix_Node_V1_PowerState {
  /// The contract's word for a state of ours.
  init(_ state: State) {
    switch state {
    case .pending, .stopped: self = .stopped
    // A control plane that sees "stopped" while a start is under way would start it again.
    case .starting, .running, .stopping, .migrating: self = .running
    case .paused: self = .paused
    case .failed: self = .crashed
    }
  }
}

extension Limiquantix_Node_V1_VMStatusResponse {
  /// A VM as it stands.
  /// - Parameter history: whether its past, its last console lines and what the guest says of itself come along.
  package init(_ status: VMStatus, history withHistory: Bool) {
    self.init()
    let record = status.record
    let spec = record.spec
    vmID = record.id
    name = record.givenName ?? spec.name
    if record.givenName != nil { ownName = spec.name }
    state = .init(record.state)
    lifecycleState = record.state.rawValue
    if let failure = record.why { why = .init(failure) }
    addresses = record.ports.map { IPv4.text($0.address) }
    addresses += record.ports.compactMap(\.address6).map(\.text)
    memoryBytes = spec.memory
    memoryTotalBytes = spec.memory
    diskSpecs = spec.disks.enumerated().map {
      .init($1, name: record.givenName(ofDisk: $0), status.paths.disk($1.fileName(at: $0)))
    }
    vcpus = UInt32(spec.vcpus)
    labels = spec.labels
    generation = record.generation
    warnings = status.warnings.map { .init($0) }
    createdAt = .init(record.createdAt)
    agentConnected = status.agentConnected
    disks = .init(record, status.paths)
    cdroms = spec.cdroms.enumerated().map { index, drive in
      .with {
        $0.name = drive.effectiveName(at: index)
        $0.path = drive.path ?? ""
        $0.id = record.givenName(ofDrive: index)
      }
    }
    if spec.display == .vnc, status.incarnation != nil { vncSocket = status.paths.vnc }
    pendingOperation = record.pendingOperation?.summary ?? ""
    disksPaths = spec.disks.enumerated().map { $1.path ?? status.paths.disk($1.fileName(at: $0)) }
    restartPolicy = spec.restart.policy.rawValue
    healthCheck = spec.health.check.rawValue
    add(status.progress)
    if record.state == .running, status.progress.isSuspended { state = .suspended }
    desired = record.desired.rawValue
    limits = .init(record.spec, status.limits)
    if let bytes = status.limits.balloon { balloon = .init(bytes, target: status.limits.balloonTarget) }
    ports = record.ports.map { .init($0, of: record, attached: status.incarnation != nil) }
    if let run = status.incarnation { add(run) }
    generationID = (status.incarnation.map(\.generationID) ?? record.generationID) ?? ""
    if let facts = status.facts {
      cpuSeconds = facts.cpuSeconds
      memoryResidentBytes = facts.residentBytes
      resourceUsage = .with {
        $0.cpuTimeNs = UInt64(facts.cpuSeconds * 1e9)
        $0.memoryUsedBytes = facts.residentBytes
        $0.memoryTotalBytes = spec.memory
        if let usage = status.usage { $0.add(usage) }
      }
    }
    if let usage = status.usage.flatMap({ Limiquantix_Node_V1_GroupUsage($0) }) { groupUsage = usage }
    if withHistory {
      if let guest = Limiquantix_Node_V1_GuestAgentInfo(status) { guestAgent = guest }
      history = record.history.map { .init($0) }
      logTail = LogTail.lines(status.paths.consoleLog, 10)
    }
  }

  private mutating func add(_ progress: LifeProgress) {
    health = progress.health.rawValue
    if let unhealthyReason = progress.unhealthyReason { healthFailure = .init(unhealthyReason) }
    healthOutput = progress.said
    restarts = progress.restarts
    restartAttempt = UInt32(clamping: progress.attempt)
    if let next = progress.nextRestart { nextRestartSeconds = UInt64((next / .seconds(1)).rounded(.up)) }
    request = progress.request
    held = progress.isHeld
    if let cut = progress.cut { powerCut = .init(cut) }
    if let failure = progress.stall { stall = .init(failure) }
    guestResets = progress.guestResets
  }

  private mutating func add(_ run: Incarnation) {
    pid = Int64(run.pid)
    incarnation = run.token
    accelerator = run.accelerator
    confinement = (run.confinement ?? []).map { layer in
      .with {
        $0.name = layer.name
        $0.isOn = layer.isOn
        $0.detail = layer.detail
      }
    }
    startedAt = .init(run.began)
    runStartedAt = startedAt
    uptimeSeconds = UInt64(run.age)
  }
}

extension Limiquantix_Node_V1_ResourceUsage {
  /// What was collected last; 100 % is one processor of the host.
  fileprivate mutating func add(_ usage: VMSample) {
    cpuUsagePercent = usage.rates.cpuPercent ?? 0
    diskReadBytes = usage.readings.drives?.drives.total(\.readBytes) ?? 0
    diskWriteBytes = usage.readings.drives?.drives.total(\.writtenBytes) ?? 0
    networkRxBytes = usage.readings.cards?.cards.total(\.counters.received.bytes) ?? 0
    networkTxBytes = usage.readings.cards?.cards.total(\.counters.transmitted.bytes) ?? 0
  }
}

extension Limiquantix_Node_V1_PortStatus {
  fileprivate init(_ port: SavedPort, of record: Record, attached: Bool) {
    self.init(record, nic: Int(port.nic))
    tap = port.tap
    mac = MAC.text(port.mac)
    address = "\(IPv4.text(port.address))/\(port.prefix)"
    address6 = port.address6.map { "\($0.text)/64" } ?? ""
    gateway = IPv4.text(port.gateway)
    self.attached = attached
  }

  /// What the record says about a NIC; without a port if it never had one.
  package init(_ record: Record, nic index: Int, attached: Bool) {
    if let port = record.ports.first(where: { $0.nic == index }) {
      self.init(port, of: record, attached: attached)
    } else {
      self.init(record, nic: index)
    }
  }

  private init(_ record: Record, nic index: Int) {
    self.init()
    nic = UInt32(index)
    guard let place = record.nicIndex(index) else { return }
    let spec = record.spec.nics[place]
    id = record.devices.nics[place].id ?? ""
    network = spec.network
    model = spec.model.rawValue
    // What it will be, until netd has said what it is.
    mac = spec.mac ?? ""
    listed = spec.isRestricted
    allowedDomains = spec.allowedDomains ?? []
    allowedAddresses = (spec.allowedAddresses ?? []).map(\.text)
    sendBytesPerSecond = spec.bandwidth?.send ?? 0
    receiveBytesPerSecond = spec.bandwidth?.receive ?? 0
    let saved = record.savedForwards(UInt8(clamping: index))
    forwards = spec.forwards.map { wanted in
      saved.first { $0.isOf(wanted) }.map { .init($0) } ?? .init(wanted)
    }
  }
}

extension [Limiquantix_Node_V1_DiskStatus] {
  fileprivate init(_ record: Record, _ paths: VMPaths) {
    let places = record.devices.disks
    self = record.spec.disks.enumerated().map { index, disk in
      .with {
        $0.name = disk.effectiveName(at: index)
        $0.id = record.givenName(ofDisk: index)
        $0.path = disk.path ?? paths.disk(disk.fileName(at: index))
        $0.format = disk.format.rawValue
        $0.bus = disk.bus.rawValue
        $0.readonly = disk.readonly
        $0.sizeBytes = disk.size ?? 0
        $0.detachable = disk.isDetachable(at: places[index])
      }
    }
  }
}

extension Limiquantix_Node_V1_HistoryEntry {
  fileprivate init(_ entry: HistoryEntry) {
    self.init()
    time = .init(entry.time)
    what = entry.what
    fromState = entry.from?.rawValue ?? ""
    toState = entry.to?.rawValue ?? ""
    detail = entry.detail ?? ""
  }
}
