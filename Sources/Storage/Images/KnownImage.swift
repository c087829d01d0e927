package import Failure
package import FoundationEssentials
import Glibc
import VMSpec

/// The image of a disk that a guest has had. When it is not there the guest's data is elsewhere, on a file system that did
/// not come up perhaps: it is not made again.
package struct KnownImage: Codable, Hashable, Sendable {
  /// Name of the disk.
  package var disk: String
  /// The path in the specification; nil for an image in the VM's own folder.
  package var path: String?
  /// When a guest was given it first; nil if that was an earlier release, which did not note it.
  package var since: Date?

  package init(disk: String, path: String? = nil, since: Date? = nil) {
    self.disk = disk
    self.path = path
    self.since = since
  }

  func isImage(of spec: DiskSpec, named name: String) -> Bool { disk == name && path == spec.path }

  /// Why a VM is not started, or its disk not changed.
  package func missing(at place: String, vm: String) -> Failure {
    let when = since.map { "it has been there since \($0.formatted(.iso8601))" } ?? "it was there at an earlier start"
    return Failure(
      .notFound, part: .disk, operation: "open disk \(disk)", object: place,
      cause: "it does not exist, though \(when): is the file "
        + "system mounted?",
      remedy: "mount what belongs there, or bring the image back; to begin with an empty one: vmsupervisor disk attach "
        + "\(vm) --name NEW --size SIZE, then vmsupervisor disk detach \(vm) \(disk)", errno: ENOENT)
  }
}
