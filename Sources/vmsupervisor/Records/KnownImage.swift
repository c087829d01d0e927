import Failure
import FoundationEssentials
import Glibc
import Hypervisor

/// The image of a disk that a guest has had. When it is not there the guest's data is elsewhere, on a file system that did
/// not come up perhaps: it is not made anew.
struct KnownImage: Codable, Hashable, Sendable {
  /// Name of the disk.
  var disk: String
  /// The path in the specification; nil for an image in the VM's own folder.
  var path: String?
  /// When a guest was given it first; nil if that was an earlier release, which did not note it.
  var since: Date?

  func isImage(of spec: DiskSpec, named name: String) -> Bool { disk == name && path == spec.path }

  /// Why a VM is not started, or its disk not changed.
  func missing(at place: String, vm: String) -> Failure {
    let when = since.map { "it has been there since \($0.formatted(.iso8601))" } ?? "it was there at an earlier start"
    return Failure(
      .notFound, step: "open disk \(disk)", object: place,
      cause: "it does not exist, though \(when): is the file "
        + "system mounted?",
      cure: "mount what belongs there, or bring the image back; to begin with an empty one: vmsupervisor disk attach "
        + "\(vm) --name NEW --size SIZE, then vmsupervisor disk detach \(vm) \(disk)", errno: ENOENT)
  }
}

extension Record {
  /// Makes a record of an earlier release say which images exist: those of a VM that was ever started do.
  mutating func settleImages() {
    guard images == nil else { return }
    images = generation > 0 ? images(since: nil) : []
  }

  /// Notes that a guest gets the images of all disks now.
  /// - Returns: whether that was news.
  mutating func knowImages(at time: Date) -> Bool {
    let known = images ?? []
    let all = images(since: time).map { image in
      known.first { $0.disk == image.disk && $0.path == image.path } ?? image
    }
    defer { images = all }
    return all != known
  }

  /// Forgets images of disks that the specification does not have any more.
  mutating func pruneImages() {
    let all = images(since: nil)
    images?.removeAll { image in !all.contains { $0.disk == image.disk && $0.path == image.path } }
  }

  private func images(since time: Date?) -> [KnownImage] {
    spec.disks.enumerated().map { KnownImage(disk: $1.effectiveName(at: $0), path: $1.path, since: time) }
  }
}
