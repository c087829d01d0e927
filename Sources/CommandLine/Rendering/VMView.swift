import NodeAPI
import SwiftProtobuf

/// One VM as the command line shows it. What is encoded is the published layout of `vms` under `Document.schema`.
struct VMView: Encodable, Hashable, Sendable {
  var id = ""
  var name = ""
  var state = ""
  var why: FailureView?
  /// Whether an error of a disk holds the guest.
  var held = false
  /// That the guest did not do what it was last asked to.
  var powerCut: FailureView?
  /// Why its hypervisor does nothing.
  var stall: FailureView?
  /// Times that the guest has started again in this run without being asked.
  var guestResets: UInt64 = 0
  var addresses: [String] = []
  var cpuSeconds = 0.0
  var memoryResidentBytes: UInt64 = 0
  var memoryBytes: UInt64 = 0
  var vcpus: UInt32 = 0
  var warnings: [WarningView] = []
  var labels: [String: String] = [:]
  var generation: UInt64 = 0
  var pid: Int64 = 0
  var history: [Entry] = []
  var logTail: [String] = []
  var accelerator = ""
  var createdAt: String?
  var startedAt: String?
  var ports: [NICView] = []
  var incarnation = ""
  /// By which its guest sees whether it is the copy that it was.
  var generationID: String?
  var agentConnected = false
  /// What the guest says of itself; absent while it has said nothing.
  var guest: GuestView?
  var uptimeSeconds: UInt64 = 0
  var disks: [String] = []
  var restartPolicy = ""
  var desired = ""
  var request = ""
  var health = ""
  var healthCheck = ""
  var healthFailure: FailureView?
  /// What the program of the failed check wrote last.
  var healthOutput: String?
  var restarts: UInt64 = 0
  var restartAttempt: UInt32 = 0
  var nextRestartSeconds: UInt64?
  /// Layers that its hypervisor is confined by.
  var confinement: [String] = []
  var limits: LimitView?
  var balloon: BalloonView?
  var groupUsage: GroupView?

  /// One entry of the history.
  struct Entry: Encodable, Hashable, Sendable {
    var time: String?
    var what = ""
    var from = ""
    var to = ""
    var detail = ""
  }

  enum CodingKeys: String, CodingKey {
    case id, name, state, why, held
    case powerCut = "power_cut"
    case stall
    case guestResets = "guest_resets"
    case addresses
    case cpuSeconds = "cpu_seconds"
    case memoryResidentBytes = "memory_resident_bytes"
    case memoryBytes = "memory_bytes"
    case vcpus, warnings, labels, generation, pid, history
    case logTail = "log_tail"
    case accelerator
    case createdAt = "created_at"
    case startedAt = "started_at"
    case ports, incarnation
    case generationID = "generation_id"
    case agentConnected = "agent_connected"
    case guest
    case uptimeSeconds = "uptime_seconds"
    case disks
    case restartPolicy = "restart_policy"
    case desired, request, health
    case healthCheck = "health_check"
    case healthFailure = "health_failure"
    case healthOutput = "health_output"
    case restarts
    case restartAttempt = "restart_attempt"
    case nextRestartSeconds = "next_restart_seconds"
    case confinement, limits, balloon
    case groupUsage = "group_usage"
  }
}

extension VMView {
  /// What the daemon answered.
  init(_ status: Limiquantix_Node_V1_VMStatusResponse) {
    id = status.vmID
    name = status.commandName
    state = status.lifecycleState
    why = status.hasWhy ? FailureView(status.why) : nil
    held = status.held
    powerCut = status.hasPowerCut ? FailureView(status.powerCut) : nil
    stall = status.hasStall ? FailureView(status.stall) : nil
    guestResets = status.guestResets
    addresses = status.addresses
    cpuSeconds = status.cpuSeconds
    memoryResidentBytes = status.memoryResidentBytes
    memoryBytes = status.memoryBytes
    vcpus = status.vcpus
    warnings = status.warnings.map { WarningView($0) }
    labels = status.labels
    generation = status.generation
    pid = status.pid
    history = status.history.map { entry in
      Entry(
        time: entry.hasTime ? Document.time(entry.time.seconds1970) : nil, what: entry.what, from: entry.fromState,
        to: entry.toState, detail: entry.detail)
    }
    logTail = status.logTail
    accelerator = status.accelerator
    createdAt = status.hasCreatedAt ? Document.time(status.createdAt.seconds1970) : nil
    startedAt = status.hasStartedAt ? Document.time(status.startedAt.seconds1970) : nil
    ports = status.ports.map(NICView.init)
    incarnation = status.incarnation
    generationID = status.generationID.isEmpty ? nil : status.generationID
    agentConnected = status.agentConnected
    guest = status.hasGuestAgent ? GuestView(status.guestAgent) : nil
    uptimeSeconds = status.uptimeSeconds
    disks = status.disksPaths
    restartPolicy = status.restartPolicy
    desired = status.desired
    request = status.request
    health = status.health
    healthCheck = status.healthCheck
    healthOutput = status.healthOutput.isEmpty ? nil : status.healthOutput
    healthFailure = status.hasHealthFailure ? FailureView(status.healthFailure) : nil
    restarts = status.restarts
    restartAttempt = status.restartAttempt
    nextRestartSeconds = status.hasNextRestartSeconds ? status.nextRestartSeconds : nil
    confinement = status.confinement.filter(\.isOn).map {
      $0.detail.isEmpty ? $0.name : "\($0.name) (\($0.detail))"
    }
    limits = status.hasLimits ? LimitView(status.limits) : nil
    balloon = status.hasBalloon ? BalloonView(status.balloon) : nil
    groupUsage = status.hasGroupUsage ? GroupView(status.groupUsage) : nil
  }
}

/// A record that could not be read.
struct QuarantinedView: Encodable, Hashable, Sendable {
  var id = ""
  var path = ""
  var why: FailureView

  init(_ record: Limiquantix_Node_V1_QuarantinedRecord) {
    id = record.id
    path = record.path
    why = FailureView(record.why)
  }
}

/// The result of `status`.
struct VMListView: Encodable, Sendable {
  var schema = Document.schema
  var vms: [VMView]
  var quarantined: [QuarantinedView]
  /// What is wrong with the host beside its VMs; nil in an answer about one of them.
  var troubles: [FailureView]?

  /// VMs and records by name, then id, so that two calls list alike.
  init(vms: [VMView], quarantined: [QuarantinedView] = [], troubles: [FailureView]? = nil) {
    self.troubles = troubles
    self.vms = vms.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    self.quarantined = quarantined.sorted { ($0.id, $0.path) < ($1.id, $1.path) }
  }
}

extension Limiquantix_Node_V1_VMStatusResponse {
  /// What a command calls it: our name, where another control plane has given one that is anything but a word.
  var commandName: String { ownName.isEmpty ? name : ownName }
}
