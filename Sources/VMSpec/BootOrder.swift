/// Kinds of devices that firmware boots from.
package enum BootDevice: String, Codable, Sendable, Hashable, CaseIterable {
  case disk
  case cdrom
  /// A network card, over the network.
  case network
}

/// The turns of devices at which firmware looks for a boot loader, from 1; those without one are not looked at.
package struct BootTurns: Hashable, Sendable {
  /// By the position of the disk.
  package private(set) var disks: [Int: Int] = [:]
  /// By the position of the drive.
  package private(set) var cdroms: [Int: Int] = [:]
  /// By the position of the network card.
  package private(set) var nics: [Int: Int] = [:]

  /// Those of a specification.
  package init(_ spec: VMSpec) {
    guard case .firmware = spec.boot else { return }
    var next = 1
    func turns(_ flags: [Bool]) -> [Int: Int] {
      let ordered = flags.indices.filter { flags[$0] } + flags.indices.filter { !flags[$0] }
      return Dictionary(
        uniqueKeysWithValues: ordered.map { index in
          defer { next += 1 }
          return (index, next)
        })
    }
    for kind in spec.effectiveBootOrder {
      switch kind {
      case .disk: disks = turns(spec.disks.map(\.bootable))
      case .cdrom: cdroms = turns(spec.cdroms.map(\.bootable))
      case .network: nics = turns(spec.nics.map { _ in false })
      }
    }
  }
}

extension VMSpec {
  /// Kinds of devices that firmware boots from. Usually an installed system starts, and an empty disk leaves it to the
  /// installer on a CD; a drive that is said to be bootable comes before the disks.
  package var effectiveBootOrder: [BootDevice] {
    if !bootOrder.isEmpty { return bootOrder }
    return cdroms.contains(where: \.bootable) ? [.cdrom, .disk] : [.disk, .cdrom]
  }

  /// Whether firmware boots over the network if its turn comes.
  package var bootsFromNetwork: Bool {
    guard case .firmware = boot else { return false }
    return bootOrder.contains(.network)
  }

  /// Rules of what is booted from.
  func validateBootOrder(_ at: (SpecKeys.Root) -> SpecPlace) throws(SpecProblem) {
    for (index, kind) in bootOrder.enumerated() where bootOrder.prefix(index).contains(kind) {
      try at(.bootOrder).index(index).refuse("`\(kind.rawValue)` is there already", remedy: "name each kind once")
    }
    guard case .firmware = boot else {
      try refuseTurnsWithoutFirmware(at)
      return
    }
    let isThere = bootOrder.contains { kind in
      switch kind {
      case .disk: !disks.isEmpty
      case .cdrom: !cdroms.isEmpty
      case .network: !nics.isEmpty
      }
    }
    if !bootOrder.isEmpty, !isThere {
      try at(.bootOrder).refuse(
        "the machine has no device of these kinds", remedy: "name a kind that it has, or add such a device")
    }
    if bootsFromNetwork, nics.isEmpty {
      try at(.bootOrder).refuse("there is no network card", remedy: "add one to nics, or remove network")
    }
  }

  private func refuseTurnsWithoutFirmware(_ at: (SpecKeys.Root) -> SpecPlace) throws(SpecProblem) {
    let remedy = "remove it, or boot.kernel"
    if !bootOrder.isEmpty {
      try at(.bootOrder).refuse("a kernel is loaded directly, nothing is booted from", remedy: remedy)
    }
    for (index, disk) in disks.enumerated() where disk.bootable {
      try at(.disks).index(index).key(SpecKeys.Disk.bootable).refuse(
        "a kernel is loaded directly, no disk is booted from", remedy: remedy)
    }
    for (index, drive) in cdroms.enumerated() where drive.bootable {
      try at(.cdroms).index(index).key(SpecKeys.CDROM.bootable).refuse(
        "a kernel is loaded directly, no CD is booted from", remedy: remedy)
    }
  }
}
