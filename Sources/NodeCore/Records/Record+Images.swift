import FoundationEssentials
import Storage

extension Record {
  /// Makes a record of an earlier release say which images exist: those of a VM that was ever started do.
  mutating func settleImages() {
    guard images == nil else { return }
    images = generation > 0 ? images(since: nil) : []
  }

  /// Notes that a guest gets the images of all disks now.
  mutating func knowImages(at time: Date) {
    let known = images ?? []
    images = images(since: time).map { image in
      known.first { $0.disk == image.disk && $0.path == image.path } ?? image
    }
  }

  /// Forgets images of disks that the specification does not have any more.
  mutating func pruneImages() {
    let all = images(since: nil)
    images?.removeAll { image in !all.contains { $0.disk == image.disk && $0.path == image.path } }
  }

  /// Notes that the image of a disk that goes stays in its pool, and goes with the VM.
  mutating func keepPoolFolder(of operation: PendingOperation?) {
    guard case .detachDisk(let disk, _, _, false) = operation, disk.pool != nil, let folder = disk.path?.folder else {
      return
    }
    poolFolders = Set(poolFolders ?? []).union([folder]).sorted()
  }

  /// Its folders in pools: everything in them was made for it.
  var allPoolFolders: Set<String> {
    Set(spec.disks.compactMap { $0.pool == nil ? nil : $0.path?.folder }).union(poolFolders ?? [])
  }

  private func images(since time: Date?) -> [KnownImage] {
    spec.disks.enumerated().map { KnownImage(disk: $1.effectiveName(at: $0), path: $1.path, since: time) }
  }
}

extension String {
  /// The folder that a path is in; nil for a path of one part.
  fileprivate var folder: String? { lastIndex(of: "/").map { String(self[..<$0]) } }
}
