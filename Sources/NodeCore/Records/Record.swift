package import Failure
package import FoundationEssentials
package import IPC
package import IPCPeer
package import Life
package import Linux
package import Storage
package import VMSpec

/// What is durable about a VM: what its owner wants, and what happened to it. Never what runs now: the kernel and the
/// hypervisor know that.
package struct Record: Codable, Sendable, Equatable {
  /// Layout of the file; a reader that does not know it sets the file aside.
  package var schema = Record.currentSchema
  @RecordID package var id: String
  package var spec: VMSpec
  /// What others call it, and its drives by our names of them; nil where that is the same, and in records of earlier releases.
  package var givenName: String?
  var givenDrives: [String: String]?
  package var createdAt: Date
  package var desired: Power
  /// As of the last transition; after a crash it is compared with what runs.
  package var state: State
  package var generation: UInt64
  package var why: Failure?
  /// That the guest did not obey, and what was done then; nil too in records of earlier releases.
  package var cut: Failure?
  /// What was requested and is not done yet. This and the following are nil where there is nothing to say, and in records of
  /// earlier releases.
  package var request: SavedRequest?
  /// What it becomes when its process is gone.
  var ending: Ending?
  /// The next automatic start.
  package var restart: SavedRestart?
  /// Automatic starts in a row, and since the VM was made.
  package var attempts: Int?
  package var restarts: UInt64?
  /// Boot of the host as of the last change; a process of another one is gone.
  package var boot: String?
  /// When it came into its state, and how long the last start took that succeeded, in seconds; nil in records of earlier
  /// releases.
  var entered: SavedInstant?
  var startSeconds: Double?
  /// Where its devices are; nil while that is where their position in the specification says.
  package var deviceAddresses: DeviceAddresses?
  /// An operation that has begun and has neither been done nor undone.
  package var pendingOperation: PendingOperation?
  /// Its snapshots; nil if it has none, and in records of earlier releases.
  package var snapshots: SnapshotTree?
  /// The memory that it goes on from at its next start; nil: it boots.
  package var wake: Wake?
  /// By which its guest sees whether it is the copy that it was: a UUID, another after each time that the VM went back. nil
  /// until the next start gives it one, and in records of earlier releases.
  package var generationID: String?
  /// Name of the VM whose memory it goes on from, while its guest has that one's hardware addresses and host name; nil for every
  /// other, and in records of earlier releases.
  package var copiedFrom: String?
  /// That the guest's file systems are frozen, or are about to be; nil in records of earlier releases.
  package var freeze: SavedFreeze?
  /// Images that a guest has had; nil in records of earlier releases, see `settleImages`.
  package var images: [KnownImage]?
  /// Folders of the VM in pools that hold images of disks which it has no more; nil where there are none.
  package var poolFolders: [String]?
  /// Slots that are the VM's until it is deleted, by NIC.
  package var ports: [SavedPort] = []
  /// Forwards that netd holds for the VM, or may hold; nil in records of earlier releases.
  package var forwards: [SavedForward]?
  /// The newest entries only, oldest first.
  package var history: [HistoryEntry] = []

  package static let currentSchema = "procurator.record.v2"
  /// Entries of the history that are kept.
  static let longestHistory = 32

  /// Bytes of a text of the history: guests have a say in some.
  static let longestRemark = 2000

  package mutating func tell(_ entry: HistoryEntry) {
    var entry = entry
    entry.what = entry.what.cut(to: Self.longestRemark)
    entry.detail = entry.detail?.cut(to: Self.longestRemark)
    history.append(entry)
    if history.count > Self.longestHistory { history.removeFirst(history.count - Self.longestHistory) }
  }

  /// The identity on netd's wire.
  package var identity: VMIdentity { $id }

  /// What netd keeps for it.
  var leases: [Keep.Lease] { ports.map { Keep.Lease(vm: identity, nic: $0.nic, slot: $0.slot) } }
}

/// One remark in the life of a VM.
package struct HistoryEntry: Codable, Sendable, Hashable {
  package var time: Date
  package var what: String
  package var from: State?
  package var to: State?
  package var detail: String?
}

/// A port as netd granted it.
package struct SavedPort: Codable, Sendable, Hashable {
  package var nic: UInt8
  package var network: String
  package var shard: UInt16
  package var host: UInt8
  package var tap: String
  package var mac: UInt64
  package var address: UInt32
  package var prefix: UInt8
  package var gateway: UInt32
  package var mtu: UInt16
  /// The IPv6 address; nil if the network has none, and in records of earlier releases.
  package var high6: UInt64?
  package var low6: UInt64?
  /// Whether netd may hold a policy of this port; nil in records of earlier releases.
  package var hasPolicy: Bool?

  package init(nic: UInt8, _ reply: Attach.Reply) {
    self.nic = nic
    network = reply.slot.network
    shard = reply.slot.shard
    host = reply.slot.host
    tap = reply.port.tap
    mac = reply.port.mac
    address = reply.port.address
    prefix = reply.port.prefix
    gateway = reply.port.gateway
    mtu = reply.port.mtu
    if reply.port.high6 != 0 { (high6, low6) = (reply.port.high6, reply.port.low6) }
  }

  /// The IPv6 address, whose prefix has 64 bits.
  package var address6: IPv6Address? {
    guard let high6, let low6 else { return nil }
    return IPv6Address(high: high6, low: low6)
  }

  package var slot: SlotName { SlotName(network: network, shard: shard, host: host) }

  /// What the guest's seed says of it.
  package var seed: SeedCard {
    SeedCard(
      nic: nic, mac: mac, address: address, prefix: prefix, gateway: gateway, mtu: mtu, address6: address6)
  }
}

/// One hypervisor process of a VM, as written before it became the hypervisor.
package struct Incarnation: Codable, Sendable, Hashable {
  /// Random; tells this run from every other.
  package var token: String
  package var pid: Int32
  /// Field 22 of `/proc/PID/stat`: with the pid, the process's identity on this boot.
  var startTime: UInt64
  package var startedAt: Date
  package var generation: UInt64
  /// What it runs on.
  package var accelerator: String
  /// What is weaker than it could be, as decided at launch.
  package var weaknesses: [Warning]?
  /// The same as releases before this one wrote it.
  var warnings: [String]?
  /// Handles of netd for its ports.
  var handles: [UInt64]
  /// The images that it has open; nil of releases that did not note them.
  package var images: [OpenImage]?
  /// What its guest is told of which copy it is; nil if nothing, and of releases that did not know that.
  package var generationID: String?
  /// The layers that it is confined by; nil until it is executed, and of releases that did not know them.
  package var confinement: [ConfinementLayer]?

  /// Notes what vmlaunch has reported.
  package mutating func note(_ report: LaunchReport, expected: [LaunchLayer]) {
    let layers = [ConfinementLayer](report, expected: expected)
    confinement = layers
    weaknesses = (weaknesses ?? []) + layers.warnings(expected: expected)
  }

  /// The user that the process runs as, if that is one of its own.
  var subordinateUser: UInt32? {
    confinement?.first { $0.isOn && $0.name == LaunchLayer.subordinateUser.name }.flatMap { UInt32($0.detail) }
  }
}
