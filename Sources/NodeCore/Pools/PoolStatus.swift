package import Storage

/// A pool as it is now.
package struct PoolStatus: Hashable, Sendable {
  package var pool: StoragePool
  package var room: PoolRoom
  package var volumes: Int
}

/// A volume as it is now.
package struct VolumeStatus: Hashable, Sendable {
  package var volume: Volume
  package var pool: String
  /// Ids of the VMs that have it as a disk.
  package var users: [String]

  package init(volume: Volume, pool: String, users: [String]) {
    self.volume = volume
    self.pool = pool
    self.users = users
  }
}

/// An image in a pool that volumes can be made of.
package struct PoolImage: Hashable, Sendable {
  /// `POOL/PATH`: the same as long as the file has its name.
  package var id: String
  package var name: String
  package var path: String
  /// Bytes of the file.
  package var size: UInt64
  /// `qcow2`, `raw` or `iso`.
  package var format: String
}

/// What a volume is made of.
package enum VolumeOrigin: Hashable, Sendable {
  case empty
  case clone(String)
  case image(String)
  case snapshot(String)
}
