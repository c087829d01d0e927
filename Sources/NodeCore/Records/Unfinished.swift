import HypervisorQEMU
package import VMSpec

/// An operation that has begun: written together with what it makes of the specification, and taken away when it is
/// done or undone. Whoever finds it in a record carries it out again; every step of it is idempotent.
package enum Unfinished: Codable, Hashable, Sendable {
  /// The disk of that name comes.
  case attachDisk(name: String)
  /// A disk goes: what it was, for the way back. Its image goes with it if `removes`.
  case detachDisk(DiskSpec, index: Int, place: DevicePlaces.Place, removes: Bool)
  /// A disk grows. `from` is the size in the specification before, nil if it had none.
  case resizeDisk(name: String, from: UInt64?, to: UInt64)
  /// The network card with that number comes.
  case attachNIC(number: Int)
  /// A network card goes: what it was, for the way back.
  case detachNIC(NICSpec, index: Int, place: DevicePlaces.Place)
  /// The medium of a CD drive changes. `from` is the image that was in it.
  case changeMedium(drive: Int, from: String?, isForced: Bool)
  /// A CD drive comes, into a VM that does not run.
  case addDrive

  /// A few words for the story, as of something that was done.
  package var summary: String {
    switch self {
    case .attachDisk(let name): "disk \(name) attached"
    case .detachDisk(let disk, let index, _, _): "disk \(disk.effectiveName(at: index)) detached"
    case .resizeDisk(let name, _, let size): "disk \(name) has \(Size.text(size)) now"
    case .attachNIC(let number): "NIC \(number) attached"
    case .detachNIC(_, _, let place): "NIC \(place.number) detached"
    case .changeMedium(let drive, _, _): "medium of CD drive \(drive) changed"
    case .addDrive: "CD drive added"
    }
  }
}

extension Record {
  /// Where the devices of the specification are.
  package var devices: DevicePlaces { DevicePlaces(spec, known: places) }

  /// Changes specification and places together: each change of a list of devices is one of both.
  mutating func rearrange(_ change: (inout VMSpec, inout DevicePlaces) -> Void) {
    var devices = devices
    change(&spec, &devices)
    // Records of VMs that nothing was ever done to keep their old form.
    places = devices.isPlain ? nil : devices
  }

  /// Position of the disk that is called `name`.
  package func diskIndex(_ name: String) -> Int? {
    spec.disks.indices.first { spec.disks[$0].effectiveName(at: $0) == name }
  }

  /// Position of the network card with that number.
  package func nicIndex(_ number: Int) -> Int? { devices.nics.firstIndex { $0.number == number } }

  /// Takes out what an operation put in, and puts back what it took out.
  mutating func undo(_ operation: Unfinished) {
    switch operation {
    case .attachDisk(let name):
      guard let index = diskIndex(name) else { return }
      rearrange { spec, places in
        spec.disks.remove(at: index)
        places.disks.remove(at: index)
      }
    case .detachDisk(let disk, let index, let place, _):
      rearrange { spec, places in
        spec.disks.insert(disk, at: min(index, spec.disks.count))
        places.disks.insert(place, at: min(index, places.disks.count))
      }
    case .resizeDisk(let name, let from, _):
      if let index = diskIndex(name) { spec.disks[index].size = from }
    case .attachNIC(let number):
      guard let index = nicIndex(number) else { return }
      rearrange { spec, places in
        spec.nics.remove(at: index)
        places.nics.remove(at: index)
      }
    case .detachNIC(let nic, let index, let place):
      rearrange { spec, places in
        spec.nics.insert(nic, at: min(index, spec.nics.count))
        places.nics.insert(place, at: min(index, places.nics.count))
      }
    case .changeMedium(let drive, let from, _):
      if spec.cdroms.indices.contains(drive) { spec.cdroms[drive].path = from }
    case .addDrive:
      if !spec.cdroms.isEmpty { spec.cdroms.removeLast() }
    }
  }
}
