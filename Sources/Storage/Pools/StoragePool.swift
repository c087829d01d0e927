package import FoundationEssentials

/// A folder of the host in which images are kept: volumes, images of VMs' disks, and what others have put there.
package struct StoragePool: Codable, Hashable, Sendable {
  /// Layout of its record; a reader that does not know it leaves it alone.
  package var schema = StoragePool.currentSchema
  package var id: String
  /// Absolute, without `.`, `..`, empty parts and a slash at its end.
  package var path: String
  /// Bytes that may be promised of it; nil: as many as its file system has.
  package var capacity: UInt64?
  package var createdAt: Date

  package static let currentSchema = "procurator.pool.v1"

  package init(id: String, path: String, capacity: UInt64? = nil, createdAt: Date) {
    self.id = id
    self.path = path
    self.capacity = capacity
    self.createdAt = createdAt
  }

  /// Whether a request for `other` is already fulfilled by this one.
  package func isSame(as other: StoragePool) -> Bool {
    id == other.id && path == other.path && capacity == other.capacity
  }

  /// The folder of volumes, below the pool's.
  package static let volumeFolder = "volumes"
  /// The folder of VMs' own images.
  package static let vmFolder = "vms"
  /// Where images come that are fetched.
  package static let imageFolder = "images"

  package var volumes: String { path + "/" + Self.volumeFolder }
  package var vms: String { path + "/" + Self.vmFolder }
  /// Where the images of one VM are that were made for it.
  package func folder(ofVM id: String) -> String { vms + "/" + id }

  /// Whether a path is in it, by its text alone.
  package func contains(_ other: String) -> Bool { PoolPath.isBelow(other, path) }
}
