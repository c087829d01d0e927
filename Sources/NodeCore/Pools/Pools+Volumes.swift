package import Failure
import Linux
package import Storage
package import VMSpec

/// Volumes.
extension Pools {
  /// What is asked for.
  package struct NewVolume: Sendable {
    package var id: String
    package var size: UInt64
    /// nil: that of its origin, qcow2 if it is empty.
    package var format: DiskSpec.Format?
    package var preallocation: Preallocation
    package var origin: VolumeOrigin

    package init(
      id: String, size: UInt64 = 0, format: DiskSpec.Format? = nil, preallocation: Preallocation = .off,
      origin: VolumeOrigin
    ) {
      self.id = id
      self.size = size
      self.format = format
      self.preallocation = preallocation
      self.origin = origin
    }
  }

  package func volumes(_ id: String, uses: [DiskUse]) async throws(Failure) -> [VolumeStatus] {
    let operation = "list volumes"
    let folder = PoolFolder(try find(id, operation))
    let volumes = try await look(id, operation) { () throws(Failure) in try folder.volumes(operation) }
    return volumes.map { Self.status($0, id, uses) }
  }

  package static func status(_ volume: Volume, _ pool: String, _ uses: [DiskUse]) -> VolumeStatus {
    VolumeStatus(
      volume: volume, pool: pool, users: uses.filter { $0.path == volume.path && $0.kind == .disk }.map(\.vm))
  }

  /// The volume of that name.
  package func volume(_ name: String, in id: String, _ operation: String) async throws(Failure) -> Volume {
    let folder = PoolFolder(try find(id, operation))
    let found = try await look(id, operation) { () throws(Failure) in try folder.volume(name, operation) }
    if let found { return found }
    throw Failure(
      .notFound, part: .disk, operation: operation, object: name,
      cause: "it is not found in the pool \(id)", remedy: "`vmsupervisor volume list \(id)` lists those that are there")
  }

  /// Makes a volume.
  /// - Parameter uses: what VMs use at the time of the question.
  package func createVolume(
    _ wanted: NewVolume, in id: String, uses: @escaping @Sendable () async -> [DiskUse],
    _ operation: String = "create volume"
  ) async throws(Failure) -> Volume {
    let folder = PoolFolder(try find(id, operation))
    try StorageName.check(wanted.id, "volume_id", operation)
    if wanted.origin == .empty { try VolumeOrder.check(size: wanted.size, field: "size_bytes", operation) }
    let source = try await source(wanted.origin, folder, operation)
    let size = try source?.size(for: wanted.size, operation) ?? wanted.size
    try VolumeOrder.check(size: size, field: "size_bytes", operation)
    let order = VolumeOrder(
      id: wanted.id, format: wanted.format ?? source?.format ?? .qcow2, size: size,
      preallocation: wanted.preallocation, source: source)
    // Only the promise is made alone, the copy beside others.
    try await alone { () async throws(Failure) in
      if let other = try await self.look(
        id, operation, { () throws(Failure) in try folder.volume(wanted.id, operation) })
      {
        throw Failure(
          .exists, part: .disk, operation: operation, object: wanted.id,
          cause: "a volume of that name already exists, with \(Size.text(other.size))", remedy: "choose another id")
      }
      try await self.check(id, more: size, field: "size_bytes", uses: await uses(), operation)
      try await self.reserve(wanted.id, in: id, size, operation)
    }
    let result: Result<Void, Failure>
    do throws(Failure) {
      if source == nil {
        let limit = wanted.preallocation == .off ? Self.writing : Self.reserving
        try await look(id, operation, within: limit) { () throws(Failure) in
          try order.make(in: folder, by: nil, operation)
        }
      } else {
        try await tools.run { tools throws(Failure) in try order.make(in: folder, by: tools, operation) }
      }
      result = .success(())
    } catch {
      result = .failure(error)
    }
    release(wanted.id, in: id)
    try result.get()
    tell("volume \(wanted.id) made in pool \(id)")
    return try await volume(wanted.id, in: id, operation)
  }

  private func source(_ origin: VolumeOrigin, _ folder: PoolFolder, _ operation: String) async throws(Failure)
    -> VolumeSource?
  {
    let holders = holders
    let id = folder.pool.id
    func open(_ volume: Volume) async throws(Failure) -> VolumeSource {
      let path = StoragePool.volumeFolder + "/" + Volume.fileName(volume.id, volume.format)
      return try await look(id, operation) { () throws(Failure) in
        try VolumeSource.open(path, in: folder, format: volume.format, holders: holders, operation)
      }
    }
    switch origin {
    case .empty: return nil
    case .clone(let name): return try await open(try await volume(name, in: id, operation))
    case .snapshot(let text):
      let (name, snapshot) = try Volume.parse(snapshot: text, operation)
      let volume = try await volume(name, in: id, operation)
      let names = try await look(id, operation) { () throws(Failure) in try folder.snapshots(of: volume, operation) }
      guard names.contains(snapshot) else {
        throw Failure(
          .notFound, part: .disk, operation: operation, object: text,
          cause: names.isEmpty
            ? "the volume has no snapshots" : "snapshots of the volume are \(names.prefix(20).joined(separator: ", "))",
          remedy: "name one that is there")
      }
      var source = try await open(volume)
      source.snapshot = snapshot
      return source
    case .image(let text):
      let (pool, path) = try place(ofImage: text, operation)
      let folder = PoolFolder(pool)
      return try await look(pool.id, operation) { () throws(Failure) in
        try VolumeSource.open(path, in: folder, format: nil, holders: holders, operation)
      }
    }
  }

  /// Removes a volume that nobody uses.
  package func deleteVolume(_ name: String, in id: String, uses: [DiskUse]) async throws(Failure) {
    let operation = "delete volume"
    let volume = try await volume(name, in: id, operation)
    try uses.check(volume, operation)
    let (folder, holders) = (PoolFolder(try find(id, operation)), holders)
    try reserve(name, in: id, 0, operation)
    let result: Result<Void, Failure>
    do throws(Failure) {
      result = .success(
        try await look(id, operation, within: Self.writing) { () throws(Failure) in
          try folder.remove(volume, holders: holders, operation)
        })
    } catch {
      result = .failure(error)
    }
    release(name, in: id)
    try result.get()
    tell("volume \(name) deleted from pool \(id)")
  }

  /// Makes a volume larger that no running VM has.
  package func resizeVolume(
    _ name: String, in id: String, to bytes: UInt64, uses: @escaping @Sendable () async -> [DiskUse]
  ) async throws(Failure) {
    let operation = "resize volume"
    try VolumeOrder.check(size: bytes, field: "new_size_bytes", operation)
    let volume = try await volume(name, in: id, operation)
    if let trouble = volume.trouble { throw trouble }
    guard bytes >= volume.size else {
      throw Failure(
        .invalid, part: .disk, operation: operation, object: "new_size_bytes",
        cause:
          "the volume has \(Size.text(volume.size)), and shrinking it to \(Size.text(bytes)) would cut off what is at its end",
        remedy: "make a smaller volume, and copy the data in a guest")
    }
    if bytes == volume.size { return }
    try await alone { () async throws(Failure) in
      try await self.check(
        id, more: bytes - volume.size, field: "new_size_bytes", uses: await uses(), operation)
      try await self.reserve(name, in: id, bytes - volume.size, operation)
    }
    let holders = holders
    let disk = DiskSpec(name: name, path: volume.path, format: volume.format)
    let result: Result<Void, Failure>
    do throws(Failure) {
      result = .success(
        try await tools.run { tools throws(Failure) in
          let file = try DiskImage.open(disk, volume.path, "volume \(name)")
          try holders.check(file.raw, volume.path, "volume \(name)", writing: true, for: "")
          try DiskImage.grow(disk, volume.path, to: bytes, by: tools)
        })
    } catch {
      result = .failure(error)
    }
    release(name, in: id)
    try result.get()
    tell("volume \(name) of pool \(id) has \(Size.text(bytes))")
  }

  /// Makes a snapshot inside a volume that nobody has open.
  package func createSnapshot(_ snapshot: String, of name: String, in id: String) async throws(Failure) {
    let operation = "create snapshot of volume"
    try StorageName.check(snapshot, "snapshot_id", operation)
    let volume = try await volume(name, in: id, operation)
    if let trouble = volume.trouble { throw trouble }
    let (folder, holders) = (PoolFolder(try find(id, operation)), holders)
    try reserve(name, in: id, 0, operation)
    let result: Result<Void, Failure>
    do throws(Failure) {
      result = .success(
        try await tools.run { tools throws(Failure) in
          try folder.makeSnapshot(snapshot, of: volume, holders: holders, by: tools, operation)
        })
    } catch {
      result = .failure(error)
    }
    release(name, in: id)
    try result.get()
    tell("snapshot \(snapshot) of volume \(name) of pool \(id) made")
  }
}
