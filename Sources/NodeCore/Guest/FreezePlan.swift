import Failure
package import Hypervisor

/// Which of a guest's file systems are to be frozen, and what the agent's count says of them. The agent tells how many it
/// has frozen, not which.
struct FreezePlan: Hashable, Sendable {
  /// What is asked of the agent; nil for everything it knows.
  var mounts: [String]?
  /// Those that are meant.
  var meant: [GuestFileSystem]

  static let operation = "freeze file systems"

  /// Kinds that can be frozen: those of Linux with `freeze_fs` or a block device that `freeze_bdev` knows, and NTFS.
  private static let freezable: Set<String> = [
    "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs", "reiserfs", "nilfs2", "gfs2", "ocfs2", "NTFS",
  ]

  /// Bytes of all mount points of a guest.
  static let longest = 64 << 10

  /// - Parameters:
  ///   - wanted: mount points; empty for all.
  ///   - known: what the guest has.
  /// - Throws: `.invalid` for a mount point that the guest does not have, or that cannot be frozen.
  init(_ wanted: [String], of known: [GuestFileSystem], vm: String) throws(Failure) {
    // They are written down, and named to a program in the guest.
    let bytes = known.reduce(0) { $0 + $1.mount.utf8.count }
    guard bytes <= Self.longest else {
      throw Failure(
        .exhausted, part: .agent, operation: Self.operation, object: vm,
        cause: "the mount points of its \(known.count) file systems have \(bytes) bytes, above \(Self.longest)",
        remedy: "unmount some in the guest")
    }
    guard !wanted.isEmpty else {
      mounts = nil
      meant = known
      return
    }
    meant = []
    // Named twice is meant once.
    for mount in wanted where !meant.contains(where: { $0.mount == mount }) {
      guard let one = known.first(where: { $0.mount == mount }) else {
        let list = known.prefix(20).map(\.mount).joined(separator: ", ")
        throw Failure(
          .invalid, part: .agent, operation: Self.operation, object: "mount_points",
          cause: "nothing on a disk of the guest is mounted at \(mount); there are: \(list.isEmpty ? "none" : list)",
          remedy: "name one of these, or none for all")
      }
      meant.append(one)
    }
    mounts = meant.map(\.mount)
  }

  /// Where file systems are mounted that a timer in the guest has to thaw.
  var places: [String] { meant.map(\.mount) }

  private var devices: Set<String> { Set(meant.map(\.device)) }
  /// Those of a kind that can be frozen.
  private var sure: Set<String> { Set(meant.filter { Self.freezable.contains($0.kind) }.map(\.device)) }

  /// How many have to be frozen: all that were named, or all that can be. What is mounted twice is frozen once.
  var least: Int { max(1, mounts == nil ? sure.count : devices.count) }

  /// What is frozen, by the agent's count.
  /// - Throws: that it is too little; then it has to be thawed.
  func judge(_ count: Int, vm: String) throws(Failure) -> [FrozenFileSystem] {
    let (devices, sure) = (devices, sure)
    let isWhole = count >= devices.count
    guard count >= least else {
      throw Failure(
        .state, part: .agent, operation: Self.operation, object: vm,
        cause: "the guest's agent has frozen \(count) of \(devices.count) file systems, and does not say which",
        remedy: count == 0
          ? "mount a file system in the guest that can be frozen, such as ext4 or xfs"
          : "name those that can be frozen by their mount points")
    }
    return meant.map { system in
      if isWhole || sure.contains(system.device) { return FrozenFileSystem(system: system, isFrozen: true, error: "") }
      let error =
        count == sure.count
        ? "this kind of file system cannot be frozen" : "the guest's agent does not say whether it is frozen"
      return FrozenFileSystem(system: system, isFrozen: false, error: error)
    }
  }
}

/// A file system that was to be frozen.
package struct FrozenFileSystem: Hashable, Sendable {
  package var system: GuestFileSystem
  package var isFrozen: Bool
  /// Why it is not; empty if it is.
  package var error: String
}
