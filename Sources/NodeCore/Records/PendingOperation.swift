import Failure
package import VMSpec

/// An operation that has begun: written together with what it makes of the specification, and taken away when it is
/// done or undone. Whoever finds it in a record carries it out again; every step of it is idempotent.
package enum PendingOperation: Codable, Hashable, Sendable {
  /// The disk of that name comes.
  case attachDisk(name: String)
  /// A disk goes: what it was, for the way back. Its image goes with it if `removes`.
  case detachDisk(DiskSpec, index: Int, place: DeviceAddresses.Address, removes: Bool)
  /// A disk grows. `from` is the size in the specification before, nil if it had none.
  case resizeDisk(name: String, from: UInt64?, to: UInt64)
  /// The network card with that number comes.
  case attachNIC(number: Int)
  /// A network card goes: what it was, for the way back.
  case detachNIC(NICSpec, index: Int, place: DeviceAddresses.Address)
  /// The medium of a CD drive changes. `from` is the image that was in it.
  case changeMedium(drive: Int, from: String?, isForced: Bool)
  /// A CD drive comes, into a VM that does not run.
  case addDrive
  /// A snapshot is made; it is one of the VM's when it is done.
  case createSnapshot(Snapshot)
  /// The disks are put back to a snapshot, and the next start to its memory unless only disks are wanted.
  case revertSnapshot(id: String, name: String, disksOnly: Bool)
  /// A snapshot goes.
  case deleteSnapshot(id: String, name: String)
  /// The VM is saved into a folder.
  case save(PendingSave)

  /// What a failure of it is of, unless something closer to the cause has said another.
  var part: Failure.Part {
    switch self {
    case .attachDisk, .detachDisk, .resizeDisk, .createSnapshot, .revertSnapshot, .deleteSnapshot, .save: .disk
    case .attachNIC, .detachNIC: .network
    case .changeMedium, .addDrive: .image
    }
  }

  /// A few words for the history, as of something that was done.
  package var summary: String {
    switch self {
    case .attachDisk(let name): "disk \(name) attached"
    case .detachDisk(let disk, let index, _, _): "disk \(disk.effectiveName(at: index)) detached"
    case .resizeDisk(let name, _, let size): "disk \(name) has \(Size.text(size)) now"
    case .attachNIC(let number): "NIC \(number) attached"
    case .detachNIC(_, _, let place): "NIC \(place.number) detached"
    case .changeMedium(let drive, _, _): "medium of CD drive \(drive) changed"
    case .addDrive: "CD drive added"
    case .createSnapshot(let snapshot): "snapshot created: \(snapshot.name)"
    case .revertSnapshot(_, let name, _): "snapshot reverted: \(name)"
    case .deleteSnapshot(_, let name): "snapshot deleted: \(name)"
    case .save(let save): "saved into \(save.place.path)"
    }
  }

  /// Whether it works on the images as a whole, so that no hypervisor may come meanwhile.
  var isOfImages: Bool {
    switch self {
    case .createSnapshot, .revertSnapshot, .deleteSnapshot, .save: true
    default: false
    }
  }

  /// Whether it puts images back, which cannot be taken back half way.
  var isRevert: Bool { if case .revertSnapshot = self { true } else { false } }
}

extension Record {
  /// Where the devices of the specification are.
  package var devices: DeviceAddresses { DeviceAddresses(spec, known: deviceAddresses) }

  /// Changes specification and places together: each change of a list of devices is one of both.
  mutating func rearrange(_ change: (inout VMSpec, inout DeviceAddresses) -> Void) {
    var devices = devices
    change(&spec, &devices)
    // Records of VMs that nothing was ever done to keep their old form.
    deviceAddresses = devices.isPlain ? nil : devices
  }

  /// Position of the disk that is called `name`, by us or by others: none has the name of another.
  package func diskIndex(_ name: String) -> Int? {
    spec.disks.indices.first { spec.disks[$0].effectiveName(at: $0) == name }
      ?? deviceAddresses?.disks.firstIndex { $0.id == name }
  }

  /// Position of the network card with that number.
  package func nicIndex(_ number: Int) -> Int? { devices.nics.firstIndex { $0.number == number } }

  /// Takes out what an operation put in, and puts back what it took out.
  mutating func undo(_ operation: PendingOperation) {
    switch operation {
    case .attachDisk(let name):
      guard let index = diskIndex(name) else { return }
      rearrange { spec, addresses in
        spec.disks.remove(at: index)
        addresses.disks.remove(at: index)
      }
    case .detachDisk(let disk, let index, let place, _):
      rearrange { spec, addresses in
        spec.disks.insert(disk, at: min(index, spec.disks.count))
        addresses.disks.insert(place, at: min(index, addresses.disks.count))
      }
    case .resizeDisk(let name, let from, _):
      if let index = diskIndex(name) { spec.disks[index].size = from }
    case .attachNIC(let number):
      guard let index = nicIndex(number) else { return }
      rearrange { spec, addresses in
        spec.nics.remove(at: index)
        addresses.nics.remove(at: index)
      }
    case .detachNIC(let nic, let index, let place):
      rearrange { spec, addresses in
        spec.nics.insert(nic, at: min(index, spec.nics.count))
        addresses.nics.insert(place, at: min(index, addresses.nics.count))
      }
    case .changeMedium(let drive, let from, _):
      if spec.cdroms.indices.contains(drive) { spec.cdroms[drive].path = from }
    case .addDrive:
      if !spec.cdroms.isEmpty { spec.cdroms.removeLast() }
    case .createSnapshot, .revertSnapshot, .deleteSnapshot, .save: break
    }
  }

  /// Notes what an operation that is done means for the snapshots.
  mutating func settleSnapshots(_ operation: PendingOperation) {
    var tree = snapshots ?? SnapshotTree()
    switch operation {
    case .createSnapshot(let snapshot): tree.add(snapshot)
    case .revertSnapshot(let id, _, let disksOnly):
      tree.revert(to: id)
      // The next start gives another.
      generationID = nil
      wake = disksOnly || tree.find(id)?.hardware == nil ? nil : Wake(snapshot: id)
    case .deleteSnapshot(let id, _): tree.remove(id)
    default: return
    }
    snapshots = tree.isEmpty ? nil : tree
  }
}
