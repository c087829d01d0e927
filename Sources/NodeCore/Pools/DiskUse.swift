import Failure
import Storage

/// A file that a VM's specification names.
package struct DiskUse: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case disk, backing, medium
    /// Its kernel, or the initial RAM file system.
    case boot
  }

  /// Id and name of the VM.
  package var vm: String
  package var name: String
  /// As paths are compared, and not as somebody has written it.
  package var path: String
  package var kind: Kind
  /// The pool that it was made in for the VM.
  package var pool: String?
  /// Bytes in the specification; 0 if the image says it.
  package var size: UInt64

  /// Why the file may not go: a sentence.
  var words: String {
    switch kind {
    case .boot: "the VM \(name) boots it"
    case .disk, .backing, .medium: "the VM \(name) uses it"
    }
  }

  /// What to do before it may go.
  var remedy: String {
    switch kind {
    case .disk, .backing: "detach it first (vmsupervisor disk detach \(name) DISK), or delete the VM"
    case .medium: "eject it first: vmsupervisor cdrom eject \(name)"
    case .boot: "delete the VM first"
    }
  }

  package static func all(of record: Record) -> [DiskUse] {
    func use(_ path: String, _ kind: Kind, _ pool: String? = nil, _ size: UInt64 = 0) -> DiskUse {
      DiskUse(
        vm: record.id, name: record.spec.name, path: PoolPath.comparable(path), kind: kind, pool: pool, size: size)
    }
    let boot: [String?] = if case .kernel(let boot) = record.spec.boot { [boot.kernel, boot.initrd] } else { [] }
    return record.spec.disks.flatMap { disk in
      [disk.path.map { use($0, .disk, disk.pool, disk.size ?? 0) }, disk.backing.map { use($0, .backing) }]
        .compactMap { $0 }
    } + record.spec.cdroms.compactMap { $0.path.map { use($0, .medium) } }
      + boot.compactMap { $0.map { use($0, .boot) } }
  }
}

extension [DiskUse] {
  /// Bytes that are promised to VMs of a pool.
  func promised(of pool: String) -> UInt64 { PoolRoom.sum(filter { $0.pool == pool }.map(\.size)) }

  /// Refuses what would take an image from under a VM.
  func check(_ volume: Volume, _ operation: String) throws(Failure) {
    guard let use = first(where: { $0.path == volume.path }) else { return }
    let how =
      switch use.kind {
      case .disk: "is a disk of"
      case .backing: "lies below a disk of"
      case .medium: "is in a drive of"
      case .boot: "boots"
      }
    throw Failure(
      .state, part: .disk, operation: operation, object: volume.id, cause: "it \(how) the VM \(use.name)",
      remedy: use.remedy)
  }
}
