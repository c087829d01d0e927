package import FoundationEssentials
package import Life
package import VMSpec

/// A state of a VM that it can be put back to. Its disks have it under the name `id` in their images.
package struct Snapshot: Codable, Sendable, Hashable {
  /// What a guest finds when it comes back to it, the weakest first.
  package enum Consistency: String, Codable, Sendable, CaseIterable, Comparable {
    /// All disks as at one instant, as after a power cut.
    case crash
    /// The same with file systems that were frozen for it.
    case filesystem
    /// The whole machine goes on as if nothing had happened.
    case memory

    package static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  }

  /// A disk that is part of it.
  package struct Disk: Codable, Sendable, Hashable {
    package var name: String
    /// `DeviceAddresses.Address.number`.
    package var number: Int
    /// Where its image was.
    package var path: String
    /// Bytes that the guest saw.
    package var size: UInt64
    /// Its entry in the specification.
    package var spec: DiskSpec
  }

  /// A UUID in lower case.
  package var id: String
  package var name: String
  package var description: String
  package var createdAt: Date
  /// The snapshot that the VM had come from then.
  package var parent: String?
  /// How the VM was then.
  package var state: State
  package var consistency: Consistency
  package var disks: [Disk]
  /// What the memory of the guest needs to go on; nil without memory.
  package var hardware: SnapshotHardware?
  /// It is being deleted, or could be only in part: it is of no use any more.
  package var isGoing: Bool?

  /// Number of the disk whose image has the memory.
  package var memoryDisk: Int? { hardware == nil ? nil : disks.first?.number }
}

/// What the memory of a guest goes on with, and with nothing else.
package struct SnapshotHardware: Codable, Sendable, Hashable {
  /// Kind and release of the hypervisor.
  package var hypervisor: String
  /// What it ran on: `kvm` or `tcg`.
  package var accelerator: String
  /// The host's processor, if the guest saw it.
  package var processor: String?
  package var machine: String
  /// Bytes.
  package var memory: UInt64
  package var vcpus: Int
  /// What is on the board and where, one word a device.
  package var devices: [String]

  /// The device by which a guest sees whether it is the copy that it was.
  static let generationID = "a generation id"

  /// What is otherwise in another machine, a clause for each; empty if the memory can go on there.
  package func differences(to other: SnapshotHardware) -> [String] {
    var words: [String] = []
    func compare<Value: Equatable>(_ what: String, _ mine: Value, _ its: Value) {
      if mine != its { words.append("\(what) was \(mine) and is \(its)") }
    }
    compare("the hypervisor", hypervisor, other.hypervisor)
    compare("the accelerator", accelerator, other.accelerator)
    compare("the host's processor", processor ?? "of no matter", other.processor ?? "of no matter")
    compare("machine", machine, other.machine)
    compare("memory", Size.text(memory), Size.text(other.memory))
    compare("vcpus", vcpus, other.vcpus)
    let gone = devices.filter { !other.devices.contains($0) }
    let new = other.devices.filter { !devices.contains($0) }
    if !gone.isEmpty { words.append("it had \(gone.joined(separator: ", "))") }
    if !new.isEmpty { words.append("it has \(new.joined(separator: ", ")) now") }
    return words
  }
}
